//! The days a question is about. What comes in: spans and weekdays; what goes out: whether a day is among them.
//! It never asks which words a span was read from.

use std::fmt;

use crate::record::Date;

/// The days a question is about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Window {
    /// Any of these spans, both ends included; none means every day.
    pub spans: Vec<(Date, Date)>,
    /// Not before this day.
    pub from: Option<Date>,
    /// Not after this day.
    pub until: Option<Date>,
    /// Bit of each allowed weekday, Monday lowest; 0 means every weekday.
    pub weekdays: u8,
    /// None of these spans, both ends included.
    pub excluded: Vec<(Date, Date)>,
}

impl Window {
    /// Whether the window holds the day.
    pub fn holds(&self, date: Date) -> bool {
        let within = |spans: &[(Date, Date)]| spans.iter().any(|(from, until)| (*from..=*until).contains(&date));
        let in_span = (self.spans.is_empty() || within(&self.spans)) && !within(&self.excluded);
        let in_week = self.weekdays == 0 || self.weekdays & (1 << date.weekday()) != 0;
        in_span && in_week && self.from.is_none_or(|from| from <= date) && self.until.is_none_or(|until| date <= until)
    }

    /// The window within two days.
    pub(super) fn between(mut self, from: Option<Date>, until: Option<Date>) -> Window {
        self.from = self.from.max(from);
        self.until = [self.until, until].into_iter().flatten().min();
        self
    }

    /// The window without the days of another.
    pub(super) fn without(mut self, denied: Window) -> Window {
        self.excluded.extend(denied.spans);
        let allowed = if self.weekdays == 0 { EVERY_DAY } else { self.weekdays };
        let left = allowed & !denied.weekdays;
        // Whoever denies every day of the week has said nothing that a window could hold.
        if denied.weekdays != 0 && left != 0 {
            self.weekdays = left;
        }
        let from = denied.until.map(|until| until.plus(1));
        let until = denied.from.map(|from| from.plus(-1));
        self.between(from, until)
    }

    /// The first and last day that can lie in the window; what is excluded is left to [`Window::holds`].
    pub fn hull(&self) -> (Option<Date>, Option<Date>) {
        let first = self.spans.iter().map(|(from, _)| *from).min();
        let last = self.spans.iter().map(|(_, until)| *until).max();
        let upper = [self.until, last].into_iter().flatten().min();
        (self.from.max(first), upper)
    }
}

pub(super) const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
pub(super) const WEEKEND: u8 = 0b110_0000;
pub(super) const WORKDAYS: u8 = 0b001_1111;
pub(super) const EVERY_DAY: u8 = WEEKEND | WORKDAYS;

/// What was understood, for people.
impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        match self.weekdays {
            0 => {}
            WEEKEND => parts.push("weekends".to_string()),
            WORKDAYS => parts.push("weekdays".to_string()),
            // Fewer words say which are left out.
            bits if bits.count_ones() > 4 => parts.push(format!("not {}", names(EVERY_DAY & !bits))),
            bits => parts.push(names(bits)),
        }
        let spans: Vec<String> = self.spans.iter().map(|(from, until)| span(*from, *until)).collect();
        if !spans.is_empty() {
            parts.push(spans.join(" or "));
        }
        parts.extend(self.from.map(|from| format!("from {from}")));
        parts.extend(self.until.map(|until| format!("until {until}")));
        parts.extend(
            self.excluded
                .iter()
                .map(|(from, until)| format!("not {}", span(*from, *until))),
        );
        f.write_str(&parts.join(", "))
    }
}

/// `Mondays or Tuesdays`.
fn names(weekdays: u8) -> String {
    let days = (0..7).filter(|bit| weekdays & (1 << bit) != 0);
    let names: Vec<String> = days
        .map(|bit| format!("{}s", capital(WEEKDAYS[bit as usize])))
        .collect();
    names.join(" or ")
}

fn capital(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}

fn span(from: Date, until: Date) -> String {
    if from == until {
        from.to_string()
    } else {
        format!("{from} to {until}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_its_days_only() {
        let mut window = Window {
            weekdays: WEEKEND,
            ..Window::default()
        };
        window.spans.push((
            Date::from_ymd(2025, 7, 1).unwrap(),
            Date::from_ymd(2025, 7, 31).unwrap(),
        ));
        assert!(window.holds(Date::from_ymd(2025, 7, 5).unwrap()));
        assert!(!window.holds(Date::from_ymd(2025, 7, 7).unwrap()));
        assert!(!window.holds(Date::from_ymd(2025, 8, 2).unwrap()));
    }

    #[test]
    fn a_window_holds_nothing_that_it_excludes() {
        let day = |month, day| Date::from_ymd(2025, month, day).unwrap();
        let denied = Window {
            spans: vec![(day(8, 1), day(8, 31))],
            weekdays: 1,
            from: Some(day(9, 10)),
            ..Window::default()
        };
        let window = Window::default().without(denied);
        assert!(window.holds(day(7, 31)) && window.holds(day(9, 9)));
        assert!(!window.holds(day(8, 1)) && !window.holds(day(8, 31)) && !window.holds(day(9, 10)));
        assert!(!window.holds(day(7, 28)), "a Monday");
        assert_eq!(
            window.to_string(),
            "not Mondays, until 2025-09-09, not 2025-08-01 to 2025-08-31"
        );
    }

    #[test]
    fn a_window_without_every_day_of_the_week_keeps_them() {
        let denied = Window {
            weekdays: EVERY_DAY,
            ..Window::default()
        };
        assert_eq!(Window::default().without(denied), Window::default());
    }
}
