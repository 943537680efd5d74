//! The days a question is about. What comes in: spans and weekdays; what goes out: whether a day is among them.

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
}

impl Window {
    /// Whether the window holds the day.
    pub fn holds(&self, date: Date) -> bool {
        let in_span = self.spans.is_empty() || self.spans.iter().any(|(from, until)| (*from..=*until).contains(&date));
        let in_week = self.weekdays == 0 || self.weekdays & (1 << date.weekday()) != 0;
        in_span && in_week && self.from.is_none_or(|from| from <= date) && self.until.is_none_or(|until| date <= until)
    }

    /// The window within two days.
    pub(super) fn between(mut self, from: Option<Date>, until: Option<Date>) -> Window {
        self.from = self.from.max(from);
        self.until = [self.until, until].into_iter().flatten().min();
        self
    }

    /// The first and last day that can lie in the window.
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

/// What was understood, for people.
impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        match self.weekdays {
            0 => {}
            WEEKEND => parts.push("weekends".to_string()),
            WORKDAYS => parts.push("weekdays".to_string()),
            bits => {
                let days = (0..7).filter(|bit| bits & (1 << bit) != 0);
                let names: Vec<String> = days
                    .map(|bit| format!("{}s", capital(WEEKDAYS[bit as usize])))
                    .collect();
                parts.push(names.join(" or "));
            }
        }
        let spans: Vec<String> = self.spans.iter().map(|(from, until)| span(*from, *until)).collect();
        if !spans.is_empty() {
            parts.push(spans.join(" or "));
        }
        parts.extend(self.from.map(|from| format!("from {from}")));
        parts.extend(self.until.map(|until| format!("until {until}")));
        f.write_str(&parts.join(", "))
    }
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
}
