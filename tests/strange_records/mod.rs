//! Property-test input: records that are unusual in every way the contract allows, a few of them bad by content.
//!
//! Few users and few days, so that records of one day meet; JSON texts are made by hand, so that numbers and escapes
//! arrive as they are written here.

use proptest::prelude::*;
use proptest::sample::select;

use super::harness::forms::Record;

/// A kind of file and one of its records.
pub(crate) type KindRecord = (&'static str, Record);

/// Records of all kinds, in the order they are to stand in their files.
pub(crate) fn records() -> impl Strategy<Value = Vec<KindRecord>> {
    proptest::collection::vec(record(), 0..400)
}

fn record() -> impl Strategy<Value = KindRecord> {
    let kinds = select(vec![
        "activities",
        "activities",
        "workouts",
        "nutrition",
        "nutrition",
        "sleep",
        "sleep",
        "heart_rate",
        "heart_rate",
        "measurements",
        "users",
    ]);
    kinds.prop_flat_map(|kind| {
        let fields = number_keys(kind)
            .iter()
            .map(|key| field(key, number()).boxed())
            .chain(text_keys(kind).iter().map(|key| field(key, text(key)).boxed()))
            .collect::<Vec<_>>();
        let identity = (field_of(user_key(), user_id()), day());
        (identity, fields, unknown_fields()).prop_flat_map(move |((user, day), fields, unknown)| {
            let mut record: Record = user;
            record.extend(day);
            record.extend(fields.into_iter().flatten());
            record.extend(unknown);
            Just(record).prop_shuffle().prop_map(move |record| (kind, record))
        })
    })
}

fn number_keys(kind: &str) -> &'static [&'static str] {
    match kind {
        "heart_rate" => &["value"],
        "sleep" => &[
            "total_sleep",
            "deep_sleep",
            "rem_sleep",
            "light_sleep",
            "sleep_efficiency",
            "awakenings",
            "resting_heart_rate",
        ],
        "activities" => &[
            "duration",
            "distance",
            "steps",
            "calories_burned",
            "heart_rate_avg",
            "heart_rate_max",
        ],
        "workouts" => &["duration", "calories_burned", "sets", "reps"],
        "nutrition" => &[
            "calories",
            "protein",
            "carbs",
            "fat",
            "fiber",
            "fiber_g",
            "sugar",
            "sugar_g",
            "sodium",
            "sodium_mg",
        ],
        "measurements" => &[
            "weight",
            "body_fat",
            "muscle_mass",
            "bmi",
            "waist",
            "chest",
            "bicep",
            "thigh",
            "body_water",
            "bone_mass",
        ],
        _ => &["age", "height", "weight"],
    }
}

fn text_keys(kind: &str) -> &'static [&'static str] {
    match kind {
        "sleep" => &["sleep_quality", "bedtime", "wake_time"],
        "activities" => &["activity_type", "weather", "intensity"],
        "workouts" => &["workout_type"],
        "nutrition" => &["meal_type"],
        "users" => &["gender", "fitness_level"],
        _ => &[],
    }
}

/// A field that is mostly there, at times missing, null or of a wrong type, and at times written twice.
fn field(key: &'static str, value: impl Strategy<Value = String> + Clone + 'static) -> impl Strategy<Value = Record> {
    let one = prop_oneof![
        60 => value,
        6 => Just("null".to_string()),
    ];
    let wrong = select(vec!["true", "{}", "[1]", "\"12\"", "3"]).prop_map(str::to_string);
    let quoted = format!("\"{key}\"");
    // Second spellings have a test of their own in `bad_input.rs`.
    let wrong_at_all = u32::from(!["fiber_g", "sugar_g", "sodium_mg"].contains(&key));
    prop_oneof![
        400 => one.clone().prop_map(|value| vec![value]),
        80 => Just(Vec::new()),
        8 => (one.clone(), one.clone()).prop_map(|(first, last)| vec![first, last]),
        wrong_at_all => (wrong.clone(), one).prop_map(|(first, last)| vec![first, last]),
        wrong_at_all => wrong.prop_map(|value| vec![value]),
    ]
    .prop_map(move |values| values.into_iter().map(|value| (quoted.clone(), value)).collect())
}

fn field_of(
    key: impl Strategy<Value = String> + Clone + 'static,
    value: impl Strategy<Value = String> + Clone + 'static,
) -> impl Strategy<Value = Record> {
    prop_oneof![
        100 => (key.clone(), value.clone()).prop_map(|field| vec![field]),
        1 => Just(Vec::new()),
        3 => proptest::collection::vec((key, value), 2),
    ]
}

fn number() -> impl Strategy<Value = String> + Clone {
    let tie = (
        0i64..3000,
        select(vec!["5", "50000000000000000000", "4999999", "5000000000000001"]),
    );
    prop_oneof![
        20 => (0i64..200).prop_map(|value| value.to_string()),
        20 => (0i64..2000).prop_map(|tenths| format!("{}.{}", tenths / 10, tenths % 10)),
        6 => (-99_999i64..99_999).prop_map(|value| format!("{value}.75")),
        8 => tie.prop_map(|(value, rest)| format!("{}.{:03}{rest}", value / 1000, value % 1000)),
        4 => (-30i64..6, 1i64..20).prop_map(|(power, digits)| format!("{digits}e{power}")),
        4 => (1i64..999, 0i64..6).prop_map(|(digits, power)| format!("-{digits}.125E-0{power}")),
        2 => select(vec![
            "0", "-0", "0.0", "-0.0", "-0.0004", "-0.0005", "0.0005", "0.0015", "1e-400", "0e99999999999999999999",
            "3.14159265358979323846264338327950288419716939937510582097494", "2000000", "-2000000", "1.9999999999995e6",
            "2000000.0004", "2E6", "0.00000000000000000000000000001e30", "123456e-5", "1e+2", "100.000000", "9007199254740993e-12",
        ]).prop_map(str::to_string),
    ]
}

/// Values that the contract does not take; one of them costs its record.
fn bad_number() -> impl Strategy<Value = String> + Clone {
    select(vec![
        "2000000.001",
        "-2000001",
        "1e7",
        "1e400",
        "-1e99999999999999999999",
        "99999999999999999999",
    ])
    .prop_map(str::to_string)
}

fn text(key: &'static str) -> impl Strategy<Value = String> + Clone {
    let texts: Vec<&'static str> = match key {
        "bedtime" | "wake_time" => vec![
            r#""23:15""#,
            r#""00:00""#,
            r#""2025-03-10 22:40""#,
            r#""2025-03-10T06:05:30+02:00""#,
            r#""late""#,
            r#""2025-03-10""#,
            r#""2\u0033:59""#,
            r#""24:00""#,
        ],
        "sleep_quality" => vec![
            r#""Good""#,
            r#""Poor""#,
            r#""Fair""#,
            "71",
            "82.5",
            "0",
            r#""G\u006fod""#,
            r#""""#,
        ],
        "activity_type" | "weather" | "intensity" => vec![
            r#""Running""#,
            r#""R\u0075nning""#,
            r#""Walking""#,
            r#""running""#,
            r#""Weight Training""#,
            r#""Ćwiczenia""#,
            r#""\ud83c\udfc3 run""#,
            r#""a \"b\" {c}, [d]""#,
            r#""x\\""#,
            r#""High""#,
            r#""Low""#,
        ],
        _ => vec![
            r#""Lunch""#,
            r#""lunch""#,
            r#""""#,
            r#""Dinner""#,
            r#""L\u0075nch""#,
            r#""a\/b""#,
            r#""line\nbreak\t\u0001""#,
            r#""},{""#,
            r#""日本""#,
            r#"" ""#,
        ],
    };
    select(texts).prop_map(str::to_string)
}

fn user_key() -> impl Strategy<Value = String> + Clone {
    prop_oneof![40 => Just("\"user_id\""), 1 => Just(r#""user\u005fid""#)].prop_map(str::to_string)
}

fn user_id() -> impl Strategy<Value = String> + Clone {
    let strange = select(vec![
        r#""user_000002""#,
        r#""user_00000\u0031""#,
        r#""caf\u00e9""#,
        r#""café""#,
        r#""a\"b\\""#,
        "5",
        r#""5""#,
        r#""\ud83d\ude00""#,
        r#""x/y z""#,
        "12345678901234567890123",
        r#""tab\t{\"}""#,
        r#""}""#,
    ]);
    prop_oneof![
        200 => Just(r#""user_000001""#),
        100 => strange,
        1 => select(vec!["null", r#""""#, "true", "[]", r#"{"id":1}"#]),
    ]
    .prop_map(str::to_string)
}

fn day() -> impl Strategy<Value = Record> {
    // 40 days over the end of a leap February: longer than a baseline's 28.
    let date = (0i32..40).prop_map(|offset| match offset {
        0..=19 => format!("2024-02-{:02}", offset + 10),
        _ => format!("2024-03-{:02}", offset - 19),
    });
    let time = select(vec![
        "",
        "",
        "",
        " 07:30",
        "T07:30:00",
        "t23:59:60.123456",
        " 00:00:00 +0800",
        "T12:00:00Z",
        "T23:30:00-11:30",
        " 05:05 z",
        "T05:05:05.5+02",
    ]);
    let written = (date, time).prop_map(|(date, time)| format!("\"{date}{time}\""));
    let key = select(vec!["date", "date", "date_time", "timestamp", r"d\u0061te"]);
    let bad = select(vec![
        "\"2024-02-30\"",
        "\"2024-2-3\"",
        "20240210",
        "\"\"",
        "\"2024-02-10T\"",
        "\"2024-02-10 25:00\"",
        "null",
        "\"10.02.2024\"",
        "\"2024-02-10Z\"",
        "false",
    ]);
    prop_oneof![
        100 => (key, written.clone()).prop_map(|(key, value)| vec![(format!("\"{key}\""), value)]),
        3 => written.clone().prop_map(|value| vec![
            ("\"date\"".to_string(), "null".to_string()),
            ("\"date_time\"".to_string(), value),
        ]),
        3 => (written.clone(), written).prop_map(|(first, second)| vec![
            ("\"timestamp\"".to_string(), first),
            ("\"date\"".to_string(), second),
        ]),
        1 => bad.prop_map(|value| vec![("\"date\"".to_string(), value.to_string())]),
        1 => bad_number().prop_map(|value| vec![("\"date_time\"".to_string(), value)]),
    ]
}

/// What must be skipped, whatever it holds; rarely a known field out of range.
fn unknown_fields() -> impl Strategy<Value = Record> {
    let values = vec![
        "1",
        "null",
        "true",
        "1e400",
        "-0.0e-0",
        r#""text""#,
        r#""\"}],[{\"user_id\":\"fake\",\"date\":\"2024-02-10\"""#,
        r#""\\""#,
        r#""\\\\\"""#,
        r#""{\n}""#,
        "{}",
        "[]",
        r#"{"user_id":"fake","date":"2024-02-10","value":1}"#,
        r#"[{"user_id":"fake","date":"2024-02-11","value":60},{"user_id":"fake","date":"2024-02-12","value":61}]"#,
        r#"{"a":{"b":[[[{"c":"}"},"]"]]]},"d":"{"}"#,
        r#""\ud800""#,
        r#"[1.5E+3,{"\u007b":"\u007d"},""]"#,
        r#"" ,\r\n  {\r\n""#,
    ];
    let keys = vec![
        r#""notes""#,
        r#""x""#,
        r#""""#,
        r#""user_id ""#,
        r#""Date""#,
        r#""a\"b""#,
        r#""{""#,
        r#""valu""#,
        r#""values""#,
    ];
    let skipped = (select(keys), select(values)).prop_map(|(key, value)| (key.to_string(), value.to_string()));
    let out_of_range = select(vec!["value", "steps", "weight", "calories", "total_sleep", "reps"]);
    prop_oneof![
        100 => proptest::collection::vec(skipped, 0..3),
        1 => (out_of_range, bad_number()).prop_map(|(key, value)| vec![(format!("\"{key}\""), value)]),
    ]
}
