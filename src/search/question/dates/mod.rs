//! When: the dates and windows of a question. What comes in: tokens and the day that "last week" counts from; what goes
//! out: a window. `calendar` asks at each word what begins there, and the other files know one way each to say when;
//! `written_date` comes before them, for dates in digits.

pub(super) mod calendar;
mod excluded;
pub(super) mod holidays;
mod month_part;
pub(super) mod months;
mod open_window;
mod relative_days;
pub(super) mod weekdays;
mod weeks;
pub(super) mod written_date;
