//! What all people share: the calendar and the weather. What comes in: a seed and a number of days; what goes out:
//! the days, as texts, and one weather a region and day. It never looks at the machine's clock.

use crate::record::Date;

use super::dice::Dice;

/// The newest day, as in the data set.
const LAST_DAY: Date = Date::from_days(20_342);

/// How many regions people live in: each is wetter than the one before, and every second one has snow.
pub(super) const REGIONS: usize = 8;

/// Stream of the weather; users have the streams from 1.
const WEATHER_STREAM: u64 = 0;

/// A day of the calendar.
pub(super) struct CalendarDay {
    /// `YYYY-MM-DD`.
    pub(super) date: String,
    /// `YYYYMMDD`, for ids.
    pub(super) digits: String,
    /// Saturday or Sunday.
    pub(super) weekend: bool,
    /// Monday = 0 to Sunday = 6.
    pub(super) weekday: u32,
    /// January = 0 to December = 11.
    pub(super) month: usize,
}

impl CalendarDay {
    fn of(date: Date) -> CalendarDay {
        let (year, month, day) = date.ymd();
        CalendarDay {
            date: date.to_string(),
            digits: format!("{year:04}{month:02}{day:02}"),
            weekend: date.weekday() >= 5,
            weekday: date.weekday(),
            month: month as usize - 1,
        }
    }
}

/// What the sky does on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weather {
    Sunny,
    Cloudy,
    Rainy,
    Windy,
    Snowy,
}

impl Weather {
    const ALL: [Weather; 5] = [
        Weather::Sunny,
        Weather::Cloudy,
        Weather::Rainy,
        Weather::Windy,
        Weather::Snowy,
    ];

    /// As written in the records.
    pub(super) fn name(self) -> &'static str {
        match self {
            Weather::Sunny => "Sunny",
            Weather::Cloudy => "Cloudy",
            Weather::Rainy => "Rainy",
            Weather::Windy => "Windy",
            Weather::Snowy => "Snowy",
        }
    }
}

/// The calendar and the weather of a run.
pub(super) struct World {
    /// The day before the first: its evening belongs to the first night.
    eve: CalendarDay,
    /// The days, oldest first.
    pub(super) days: Vec<CalendarDay>,
    weather: Vec<Vec<Weather>>,
}

impl World {
    /// `day_count` days up to the newest one of the data set.
    pub(super) fn new(seed: u64, day_count: u32) -> World {
        let first = LAST_DAY.plus(1 - day_count as i32);
        let days: Vec<CalendarDay> = (0..day_count as i32).map(|n| CalendarDay::of(first.plus(n))).collect();
        let mut dice = Dice::new(seed, WEATHER_STREAM);
        let weather = (0..REGIONS).map(|region| weather(region, &days, &mut dice)).collect();
        World {
            eve: CalendarDay::of(first.plus(-1)),
            days,
            weather,
        }
    }

    /// The day before this one.
    pub(super) fn day_before(&self, day: usize) -> &CalendarDay {
        if day == 0 { &self.eve } else { &self.days[day - 1] }
    }

    /// The weather of a region on a day.
    pub(super) fn weather(&self, region: usize, day: usize) -> Weather {
        self.weather[region][day]
    }
}

/// A year of weather and more: it follows the season, and often stays as it was the day before.
fn weather(region: usize, days: &[CalendarDay], dice: &mut Dice) -> Vec<Weather> {
    let wetness = 120 + 30 * region as u32;
    let cold_region = region % 2 == 1;
    let mut days_of_weather: Vec<Weather> = Vec::with_capacity(days.len());
    for day in days {
        let winter = matches!(day.month, 0 | 1 | 11);
        let summer = matches!(day.month, 5..=7);
        let sunny = if summer { 500 } else { 300 };
        let snowy = if winter && cold_region { 250 } else { 0 };
        let weights = [sunny, 300, wetness, 110, snowy];
        let today = match days_of_weather.last() {
            Some(yesterday) if dice.chance(350) && (winter || *yesterday != Weather::Snowy) => *yesterday,
            _ => Weather::ALL[dice.weighted(&weights)],
        };
        days_of_weather.push(today);
    }
    days_of_weather
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_end_where_the_data_set_ends() {
        let world = World::new(1, 365);
        assert_eq!(world.days.last().unwrap().date, "2025-09-11");
        assert_eq!(world.days[0].date, "2024-09-12");
        assert_eq!(world.day_before(0).date, "2024-09-11");
        assert_eq!(world.days[0].digits, "20240912");
    }

    #[test]
    fn snow_falls_in_winter_only_and_rain_everywhere() {
        let world = World::new(1, 365);
        for region in 0..REGIONS {
            let all = &world.weather[region];
            assert!(all.contains(&Weather::Rainy));
            for (day, weather) in world.days.iter().zip(all) {
                assert!(*weather != Weather::Snowy || matches!(day.month, 0 | 1 | 11));
            }
        }
    }
}
