//! Superlatives of workouts that energy decides: "the hardest workout by calories". What comes in: tokens; what goes out: an
//! [`Order`](crate::search::order::Order), and the tokens it was read from.

use crate::search::order::OrderKey;
use crate::search::question::numbers::meant::of_exercise;
use crate::search::question::numbers::measure::MEASURES;

use super::superlative::{FoundOrder, SuperlativeReader, order_name};

impl SuperlativeReader<'_> {
    /// `the hardest workout by calories`: the energy says how hard it was.
    pub(super) fn by_energy(&self, at: usize) -> FoundOrder {
        let (mut order, mut used) = self.by_a_measure(at, true)?;
        let OrderKey::Number(properties) = order.key else {
            return None;
        };
        let measure = MEASURES.iter().find(|measure| measure.properties == properties)?;
        let energy = of_exercise(self.tokens, at, measure)?;
        order.name = order_name(energy.name, true);
        order.key = OrderKey::Number(energy.properties);
        used.extend((self.word(at) == "most").then_some(at + 1));
        Some((order, used))
    }
}
