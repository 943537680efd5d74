//! The oracle against days worked out by hand: an oracle that is wrong would make the program wrong with it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod oracle;

use std::path::Path;

use oracle::{Expected, Properties, number, time};

/// Writes files into a fresh folder and reads them with the oracle.
fn read(files: &[(&str, &str)]) -> Expected {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(dir.path().join(name), content).unwrap();
    }
    oracle::read_dir(dir.path())
}

fn day<'a>(expected: &'a Expected, user_id: &str, date: &str) -> &'a Properties {
    &expected.days[&(user_id.to_string(), date.to_string())]
}

/// A property as JSON, or "absent".
fn json(properties: &Properties, property: &str) -> String {
    properties
        .get(property)
        .map_or_else(|| "absent".to_string(), oracle::Value::json)
}

fn assert_properties(properties: &Properties, wanted: &[(&str, &str)]) {
    for (property, value) in wanted {
        assert_eq!(json(properties, property), *value, "{property}");
    }
}

#[test]
fn numbers_round_half_to_even_from_their_text() {
    let cases = [
        ("0.0025", Some(2)),
        ("0.0035", Some(4)),
        ("0.00250000000000000000001", Some(3)),
        ("0.0005", Some(0)),
        ("0.0015", Some(2)),
        ("-0.0015", Some(-2)),
        ("-0.0005", Some(0)),
        ("-0", Some(0)),
        ("0.00049", Some(0)),
        ("0.05e-2", Some(0)),
        ("0.06e-2", Some(1)),
        ("7.2", Some(7200)),
        ("72", Some(72_000)),
        ("1.5e3", Some(1_500_000)),
        ("1E+2", Some(100_000)),
        ("12345e-3", Some(12_345)),
        ("2000000", Some(2_000_000_000)),
        ("2000000.0005", Some(2_000_000_000)),
        ("2000000.0006", None),
        ("-2000000.001", None),
        ("1e7", None),
        ("1e400", None),
        ("0e999999999999999999999999999", Some(0)),
        ("1e-999999999999999999999999999", Some(0)),
        ("1e999999999999999999999999999999999999999999", None),
        ("0.000000000000000000000000000000000000000000000000072e51", Some(72_000)),
    ];
    for (text, wanted) in cases {
        assert_eq!(number::thousandths(text), wanted, "{text}");
    }
}

#[test]
fn decimals_are_written_without_needless_zeros() {
    let cases = [
        (0, "0"),
        (7000, "7"),
        (7500, "7.5"),
        (-125, "-0.125"),
        (100_010, "100.01"),
        (-90_000, "-90"),
    ];
    for (thousandths, text) in cases {
        assert_eq!(number::decimal(thousandths), text);
    }
    for (numerator, denominator, wanted) in [(5, 2, 2), (7, 2, 4), (-5, 2, -2), (-7, 2, -4), (8, 3, 3), (-1, 3, 0)] {
        assert_eq!(number::rounded(numerator, denominator), wanted);
    }
}

#[test]
fn the_day_is_the_one_written() {
    for text in [
        "2024-02-29",
        "2024-02-29T00:00",
        "2024-02-29t23:59:60",
        "2024-02-29 07:30:00.123456789",
        "2024-02-29 07:30:00 +0800",
        "2024-02-29T07:30Z",
        "2024-02-29T07:30:00.5-08:00",
        "2024-02-29 07:30 z",
        "2024-02-29T23:59:00+14",
    ] {
        assert_eq!(time::day_of(text).unwrap().to_string(), "2024-02-29", "{text}");
    }
    for text in [
        "2023-02-29",
        "2024-2-29",
        "2024-13-01",
        "2024-00-10",
        "2024-01-00",
        "20240229",
        "2024-02-29T",
        "2024-02-29  07:30",
        "2024-02-29T24:00",
        "2024-02-29T07:60",
        "2024-02-29T07:30:61",
        "2024-02-29T07:30:00.",
        "2024-02-29T7:30",
        "2024-02-29Z",
        "2024-02-29T07:30  Z",
        "2024-02-29T07:30 UTC",
        "2024-02-29T07:30+8",
        " 2024-02-29",
        "2024-02-29 ",
        "29/02/2024",
        "",
    ] {
        assert_eq!(time::day_of(text), None, "{text}");
    }
}

#[test]
fn bedtimes_keep_their_clock_time() {
    for (text, wanted) in [
        ("23:15", Some("23:15")),
        ("2025-09-10 23:15:30", Some("23:15")),
        ("2025-09-10T06:05+02:00", Some("06:05")),
        ("2025-09-10", None),
        ("late", None),
        ("", None),
        ("24:00", None),
    ] {
        assert_eq!(time::clock(text).as_deref(), wanted, "{text}");
    }
    assert_eq!(
        time::Date::parse("2024-03-01").unwrap().previous().to_string(),
        "2024-02-29"
    );
    assert_eq!(
        time::Date::parse("2025-01-01").unwrap().previous().to_string(),
        "2024-12-31"
    );
}

#[test]
fn heart_rate_by_hand() {
    let expected = read(&[(
        "heart_rate.json",
        r#"[{"user_id":"u","date_time":"2025-09-11 00:00:00","value":60},
            {"user_id":"u","timestamp":"2025-09-11T08:00:00Z","value":70.5},
            {"user_id":"u","date":"2025-09-11","value":null},
            {"user_id":"u","date":"2025-09-11","value":90},
            {"user_id":"u","date":"2025-09-11","value":61}]"#,
    )]);
    // Sum 281.5, mean 70.375; deviations -10.375, 0.125, 19.625, -9.375: squares sum 580.6875, variance 145.171875,
    // root 12.04873... Ranks of 4 values: p5 1st, p25 1st, p50 2nd, p75 3rd, p95 4th.
    assert_properties(
        day(&expected, "u", "2025-09-11"),
        &[
            ("id", "\"bb542d8d-6adf-5375-b054-1a7916f7d98a\""),
            ("kind", "\"day\""),
            ("records", "5"),
            ("hr_count", "4"),
            ("hr_min", "60"),
            ("hr_max", "90"),
            ("hr_mean", "70.375"),
            ("hr_std", "12.049"),
            ("hr_p5", "60"),
            ("hr_p25", "60"),
            ("hr_p50", "61"),
            ("hr_p75", "70.5"),
            ("hr_p95", "90"),
            ("meals", "absent"),
        ],
    );
}

#[test]
fn a_day_without_values_has_records_only() {
    let expected = read(&[
        ("heart_rate.json", r#"[{"user_id":7,"date":"2025-09-11","value":null}]"#),
        ("workouts.ndjson", "{\"user_id\":\"7\",\"date\":\"2025-09-11\"}\n"),
    ]);
    let properties = day(&expected, "7", "2025-09-11");
    let names: Vec<&str> = properties.keys().copied().collect();
    assert_eq!(names, ["date", "id", "kind", "records", "user_id"]);
    assert_properties(properties, &[("records", "2"), ("user_id", "\"7\"")]);
}

#[test]
fn sleep_by_hand() {
    let expected = read(&[(
        "sleep.json",
        r#"[{"user_id":"u","date":"2025-09-11","total_sleep":6.5,"deep_sleep":1.25,"rem_sleep":1,"light_sleep":4.25,
             "sleep_efficiency":80,"sleep_quality":"Good","awakenings":2,"resting_heart_rate":60,
             "bedtime":"2025-09-10 23:10","wake_time":"05:50"},
            {"user_id":"u","date":"2025-09-11","total_sleep":1.0005,"sleep_efficiency":90.001,"sleep_quality":71,
             "awakenings":null,"resting_heart_rate":61,"bedtime":"noon","wake_time":"2025-09-11T14:20:00"},
            {"user_id":"u","date":"2025-09-11","sleep_efficiency":90,"resting_heart_rate":61}]"#,
    )]);
    // Efficiency (80 + 90.001 + 90) / 3 = 86.667; resting (60 + 61 + 61) / 3 = 60.667; 1.0005 is 1.000 (tie to even).
    assert_properties(
        day(&expected, "u", "2025-09-11"),
        &[
            ("sleep_hours", "7.5"),
            ("deep_sleep_hours", "1.25"),
            ("rem_sleep_hours", "1"),
            ("light_sleep_hours", "4.25"),
            ("sleep_efficiency", "86.667"),
            ("sleep_quality", "\"Good\""),
            ("sleep_score", "71"),
            ("awakenings", "2"),
            ("resting_hr", "60.667"),
            ("bedtime", "\"23:10\""),
            ("wake_time", "\"14:20\""),
            ("resting_hr_delta", "absent"),
        ],
    );
}

#[test]
fn activities_by_hand() {
    let expected = read(&[(
        "activities.json",
        r#"[{"user_id":"u","date":"2025-09-11","activity_type":"Running","duration":45,"distance":7.2,"steps":6000,
             "calories_burned":450.5,"heart_rate_avg":150,"heart_rate_max":175,"weather":"Rainy","intensity":"High"},
            {"user_id":"u","date":"2025-09-11","activity_type":"Walking","duration":20,"steps":2000,
             "heart_rate_avg":95,"heart_rate_max":110,"weather":"Rainy"},
            {"user_id":"u","date":"2025-09-11","duration":0,"heart_rate_avg":200},
            {"user_id":"u","date":"2025-09-11","steps":0},
            {"user_id":"u","date":"2025-09-11","activity_type":"Walking","duration":20,"weather":"Rainy"}]"#,
    )]);
    // (45 * 150 + 20 * 95) / 65 = 133.0769...
    assert_properties(
        day(&expected, "u", "2025-09-11"),
        &[
            ("activity_minutes", "85"),
            ("distance_km", "7.2"),
            ("steps", "8000"),
            ("activity_kcal", "450.5"),
            ("activity_hr_mean", "133.077"),
            ("activity_hr_max", "175"),
            ("activity_types", r#"["Running","Walking"]"#),
            ("weather", r#"["Rainy"]"#),
            ("intensities", r#"["High"]"#),
            (
                "sessions",
                r#"["running, 45 min, 7.2 km, rainy, high intensity","walking, 20 min, rainy","0 min"]"#,
            ),
        ],
    );
}

#[test]
fn workouts_and_meals_by_hand() {
    let expected = read(&[
        (
            "workouts.json",
            r#"[{"user_id":"u","date":"2025-09-11","workout_type":"Strength","duration":30,"sets":3,"reps":12,
                 "calories_burned":200},
                {"user_id":"u","date":"2025-09-11","reps":10},
                {"user_id":"u","date":"2025-09-11","sets":2.5,"reps":0.001},
                {"user_id":"u","date":"2025-09-11","sets":4,"reps":null}]"#,
        ),
        (
            "nutrition.ndjson",
            "\u{feff}{\"user_id\":\"u\",\"date\":\"2025-09-11\",\"meal_type\":\"Lunch\",\"calories\":500,\"protein\":20.25,\
             \"carbs\":1,\"fat\":2,\"fiber\":3,\"sugar\":4,\"sodium\":5}\r\n\
             {\"user_id\":\"u\",\"date\":\"2025-09-11\",\"meal_type\":\"Lunch\",\"calories\":0,\"fiber\":null,\"fiber_g\":7,\
             \"sugar_g\":0.5,\"sodium_mg\":100}\r\n\
             {\"user_id\":\"u\",\"date\":\"2025-09-11\",\"notes\":{\"a\":[1e400]}}",
        ),
    ]);
    // Reps 36 + 10 + 0.0025, a tie to even: 46.002.
    assert_properties(
        day(&expected, "u", "2025-09-11"),
        &[
            ("records", "7"),
            ("workout_minutes", "30"),
            ("workout_kcal", "200"),
            ("workout_sets", "9.5"),
            ("workout_reps", "46.002"),
            ("workout_types", r#"["Strength"]"#),
            ("meals", "3"),
            ("meal_types", r#"["Lunch"]"#),
            ("eaten_kcal", "500"),
            ("protein_g", "20.25"),
            ("carbs_g", "1"),
            ("fat_g", "2"),
            ("fiber_g", "10"),
            ("sugar_g", "4.5"),
            ("sodium_mg", "105"),
        ],
    );
}

#[test]
fn the_last_measurement_of_the_day_counts_field_by_field() {
    let expected = read(&[(
        "measurements.json",
        r#"[{"user_id":"u","date":"2025-09-11","weight":80,"body_fat":20,"muscle_mass":40,"bmi":25,"waist":90,
             "chest":100,"bicep":30,"thigh":55,"body_water":50,"bone_mass":3},
            {"user_id":"u","date":"2025-09-11","weight":79.9,"body_fat":null}]"#,
    )]);
    assert_properties(
        day(&expected, "u", "2025-09-11"),
        &[
            ("weight_kg", "79.9"),
            ("body_fat_percent", "20"),
            ("muscle_mass_kg", "40"),
            ("bmi", "25"),
            ("waist_cm", "90"),
            ("chest_cm", "100"),
            ("bicep_cm", "30"),
            ("thigh_cm", "55"),
            ("body_water_percent", "50"),
            ("bone_mass_kg", "3"),
        ],
    );
}

#[test]
fn baselines_need_seven_of_the_previous_28_days() {
    let sleep = |date: &str, hours: &str| format!(r#"{{"user_id":"u","date":"{date}","total_sleep":{hours}}}"#);
    let mut records: Vec<String> = (1..=6).map(|day| sleep(&format!("2025-03-{day:02}"), "6")).collect();
    records.push(sleep("2025-03-28", "7.001"));
    records.push(sleep("2025-03-29", "8"));
    records.push(sleep("2025-03-30", "9"));
    let content = format!("[{}]", records.join(","));
    let expected = read(&[("sleep.json", &content)]);
    let delta = |date| json(day(&expected, "u", date), "sleep_hours_delta");
    // 28 March: six days before. 29 March (from 1 March): 6 × 6, 7.001, so 7 values, median 6.
    // 30 March (from 2 March): 5 × 6, 7.001, 8: median 6.
    assert_eq!(delta("2025-03-28"), "absent");
    assert_eq!(delta("2025-03-29"), "2");
    assert_eq!(delta("2025-03-30"), "3");
}

#[test]
fn the_median_of_an_even_number_is_the_mean_of_the_two_in_the_middle() {
    let values = ["1", "2", "3", "4", "4.001", "6", "7", "8"];
    let mut records: Vec<String> = Vec::new();
    for (index, steps) in values.iter().chain(["10"].iter()).enumerate() {
        records.push(format!(
            r#"{{"user_id":"u","date":"2025-03-{:02}","steps":{steps}}}"#,
            index + 1
        ));
    }
    let content = format!("[{}]", records.join(","));
    let expected = read(&[("activities.json", &content)]);
    // 10 - (4 + 4.001) / 2 = 5.9995, a tie: 6.000.
    assert_eq!(json(day(&expected, "u", "2025-03-09"), "steps_delta"), "6");
}

#[test]
fn bad_records_are_rejected_with_their_place() {
    let content = "[{\"user_id\":\"\",\"date\":\"2025-01-01\"},{\"user_id\":\"u\",\"date\":\"2025-01-01\",\"value\":\"60\"},\
                   {\"user_id\":\"u\",\"date\":null,\"date_time\":\"2025-01-01 10:00\",\"value\":\"x\",\"value\":61},5]";
    let expected = read(&[("heart_rate.json", content)]);
    let places: Vec<(usize, usize)> = expected
        .rejected
        .iter()
        .map(|rejected| (rejected.record, rejected.byte_offset))
        .collect();
    assert_eq!(places, [(0, 1), (1, 36), (3, content.len() - 2)]);
    assert_properties(
        day(&expected, "u", "2025-01-01"),
        &[("records", "1"), ("hr_mean", "61")],
    );
    assert!(Path::new(&expected.rejected[0].file).ends_with("heart_rate.json"));
}

#[test]
fn a_reading_lasts_until_the_next_within_ten_minutes() {
    let reading = |time: &str, bpm: u32| format!(r#"{{"user_id":"u","date_time":"2025-03-01 {time}","value":{bpm}}}"#);
    let readings = [
        reading("10:00:00", 80),  // below all zones, for 60 s
        reading("10:01:00", 90),  // zone 1, for 600 s
        reading("10:11:00", 170), // nobody knows how long
        reading("10:21:01", 150), // zone 4, for 1 s
        reading("10:21:02", 161), // the last
    ];
    let expected = read(&[("heart_rate.json", &format!("[{}]", readings.join(",")))]);
    assert_properties(
        day(&expected, "u", "2025-03-01"),
        &[("hr_zone_minutes", "[10,0,0,0.017,0]")],
    );
    let alone = read(&[("heart_rate.json", &reading("10:00", 80))]);
    assert_properties(day(&alone, "u", "2025-03-01"), &[("hr_zone_minutes", "absent")]);
}
