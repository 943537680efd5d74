//! Time in heart rate zones: how long each reading lasted, dealt out to zones.
//!
//! In: readings with their time of day. Out: a series of seconds with one segment a day and zone, for an aggregator to
//! add up. Zones begin at 50, 60, 70, 80 and 90 % of the maximal heart rate, as most watches have them (after ACSM's
//! Guidelines for Exercise Testing and Prescription). A reading stands for the time up to the next one of the same day
//! where that is near; across a longer gap nobody knows, so it counts for nothing.

use super::Series;
use super::exact::round_ratio;
use super::group::KindRows;
use crate::columns::NULL;
use crate::record::Milli;
use crate::record::column::{HEART_RATE, HEART_RATE_TIME};

/// Zones of the document.
pub(super) const ZONES: usize = 5;

/// The time below all zones comes first.
pub(super) const SEGMENTS_OF_A_DAY: usize = ZONES + 1;

/// Watches that read every few minutes at rest still count; two readings an hour do not.
const LONGEST_GAP_SECONDS: i32 = 600;

/// 180 bpm: the maximal heart rate at 40 years, where no profile was asked for or none has an age.
const MAXIMUM_OF_ANYBODY: i64 = 180_000;

/// The maximal heart rate in thousandths of a bpm: 208 - 0.7 × age (Tanaka, Monahan and Seals 2001).
pub(super) fn maximal_heart_rate(age: Option<Milli>) -> i64 {
    age.map_or(MAXIMUM_OF_ANYBODY, |age| {
        208_000 - round_ratio(i128::from(age.thousandths()) * 7, 10)
    })
}

/// Seconds by day and zone.
pub(super) struct ZoneSeconds {
    seconds: Vec<i32>,
    bounds: Vec<usize>,
}

impl ZoneSeconds {
    /// Deals out the readings; `maximum` is the maximal heart rate of a user. `None` where no two readings are near, as
    /// in most data sets with a dozen readings a day.
    pub(super) fn of(readings: &KindRows, maximum: impl Fn(u32) -> i64) -> Option<ZoneSeconds> {
        let (values, times) = (readings.series(HEART_RATE), readings.series(HEART_RATE_TIME));
        let mut zones = ZoneSeconds {
            seconds: Vec::new(),
            bounds: vec![0],
        };
        let mut by_zone: [Vec<i32>; SEGMENTS_OF_A_DAY] = Default::default();
        let mut sorted = Vec::new();
        let days = readings.segments().iter().zip(values.segments().zip(times.segments()));
        for (day, (values, times)) in days {
            let maximum = maximum(day.user);
            each_duration(values, times, &mut sorted, |value, seconds| {
                by_zone[zone(value, maximum)].push(seconds);
            });
            for seconds in &mut by_zone {
                zones.seconds.append(seconds);
                zones.bounds.push(zones.seconds.len());
            }
        }
        (!zones.seconds.is_empty()).then_some(zones)
    }

    /// [`SEGMENTS_OF_A_DAY`] segments a day.
    pub(super) fn series(&self) -> Series<'_> {
        Series::new(&self.seconds, &self.bounds)
    }
}

/// Minutes of so many seconds.
pub(super) fn minutes(seconds: i64) -> Milli {
    Milli::from_thousandths(round_ratio(i128::from(seconds) * 1000, 60))
}

/// 0 below all zones, else the number of the zone.
fn zone(value: i32, maximum: i64) -> usize {
    if maximum <= 0 {
        return ZONES;
    }
    let tenths = (i64::from(value) * 10).div_euclid(maximum);
    (tenths - 4).clamp(0, ZONES as i64) as usize
}

/// Hands out each reading that has a next one near, in order of time, and how long it lasted. `sorted` is room to work in.
fn each_duration(values: &[i32], times: &[i32], sorted: &mut Vec<(i32, i32)>, mut take: impl FnMut(i32, i32)) {
    sorted.clear();
    let both = times.iter().copied().zip(values.iter().copied());
    sorted.extend(both.filter(|(time, value)| *time != NULL && *value != NULL));
    if !sorted.is_sorted_by_key(|(time, _)| *time) {
        // Stable: of readings at the same instant the last in file order lasts until the next.
        sorted.sort_by_key(|(time, _)| *time);
    }
    for pair in sorted.windows(2) {
        let seconds = pair[1].0 - pair[0].0;
        if (1..=LONGEST_GAP_SECONDS).contains(&seconds) {
            take(pair[0].1, seconds);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn durations(readings: &[(i32, i32)]) -> Vec<(i32, i32)> {
        let (times, values): (Vec<i32>, Vec<i32>) = readings.iter().copied().unzip();
        let mut durations = Vec::new();
        each_duration(&values, &times, &mut Vec::new(), |value, seconds| {
            durations.push((value, seconds))
        });
        durations
    }

    #[test]
    fn a_reading_lasts_until_the_next_unless_that_is_far() {
        assert_eq!(
            durations(&[(0, 60), (600, 70), (1201, 80), (1202, 90)]),
            [(60, 600), (80, 1)]
        );
        assert_eq!(durations(&[(0, 60)]), []);
        assert_eq!(durations(&[(0, 60), (7200, 61), (14_400, 62)]), []);
    }

    #[test]
    fn the_order_of_the_readings_does_not_matter_but_at_the_same_instant() {
        assert_eq!(durations(&[(20, 3), (0, 1), (10, 2)]), [(1, 10), (2, 10)]);
        assert_eq!(durations(&[(0, 1), (0, 2), (10, 3)]), [(2, 10)]);
    }

    #[test]
    fn readings_without_a_value_or_a_time_do_not_count() {
        assert_eq!(durations(&[(0, 1), (10, NULL), (NULL, 5), (30, 2)]), [(1, 30)]);
    }

    #[test]
    fn zones_begin_at_tenths_of_the_maximum() {
        let maximum = maximal_heart_rate(None);
        assert_eq!(maximum, maximal_heart_rate(Some(Milli::from_whole(40))));
        assert_eq!(maximal_heart_rate(Some(Milli::from_whole(25))), 190_500);
        let zones = [
            -5000, 0, 89_999, 90_000, 107_999, 108_000, 126_000, 144_000, 161_999, 162_000, 250_000,
        ];
        assert_eq!(
            zones.map(|value| zone(value, maximum)),
            [0, 0, 0, 1, 1, 2, 3, 4, 4, 5, 5]
        );
        assert_eq!(
            zone(60_000, maximal_heart_rate(Some(Milli::from_whole(2_000_000)))),
            ZONES
        );
    }

    #[test]
    fn minutes_are_rounded_half_to_even() {
        assert_eq!(minutes(90), Milli::from_thousandths(1500));
        assert_eq!(minutes(1), Milli::from_thousandths(17));
        assert_eq!(minutes(0), Milli::from_thousandths(0));
    }
}
