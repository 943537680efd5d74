//! Each kind of bad input of the contract, by name: what it costs, what the reject says, and that no good neighbour
//! is lost.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_files;
mod harness;

use bad_files::{BadFile, cost_of, reading, survivors};
use harness::forms::Form;

/// A bad record between two good ones, in every form: it costs itself only, and the reject points at its brace.
fn costs_itself_only(bad: &str) {
    for form in Form::ALL {
        let file = BadFile::around(form, bad);
        let outcome = harness::ingest(&[file.path()], &[]);
        assert_eq!(outcome.code, Some(3), "{form:?} {bad}: {}", outcome.stderr);
        assert_eq!(survivors(&outcome), ["after", "before"], "{form:?} {bad}");
        assert_eq!(outcome.rejects.len(), 1, "{form:?} {bad}: {:?}", outcome.rejects);
        let reject = &outcome.rejects[0];
        assert_eq!(reject.file, file.path());
        assert_eq!(reject.record, Some(1), "{form:?} {bad}: {reject:?}");
        assert_eq!(reject.byte_offset, file.bad_offset(), "{form:?} {bad}: {reject:?}");
        bad_files::assert_readable(reject);
        let excerpt = reject.excerpt.as_deref().unwrap_or_default();
        assert!(!excerpt.is_empty(), "{form:?} {bad}: no excerpt");
    }
}

#[test]
fn a_missing_user_costs_the_record() {
    costs_itself_only(r#"{"date":"2025-01-01","value":60}"#);
    costs_itself_only(r#"{"user_id":null,"date":"2025-01-01","value":60}"#);
    costs_itself_only(r#"{"user_id":"","date":"2025-01-01","value":60}"#);
    costs_itself_only("{}");
}

#[test]
fn a_user_of_the_wrong_type_costs_the_record() {
    for user_id in ["true", "1.5", "[]", r#"["u"]"#, r#"{"id":"u"}"#] {
        costs_itself_only(&format!(r#"{{"user_id":{user_id},"date":"2025-01-01","value":60}}"#));
    }
}

#[test]
fn a_bad_date_costs_the_record() {
    costs_itself_only(r#"{"user_id":"u","value":60}"#);
    for date in [
        "null",
        "20250101",
        "1735689600",
        "\"\"",
        "\"2025-02-29\"",
        "\"2025-13-01\"",
        "\"2025-00-01\"",
        "\"2025-01-00\"",
        "\"2025-1-1\"",
        "\"01/02/25\"",
        "\"2025-01-01T\"",
        "\"2025-01-01  10:00\"",
        "\"2025-01-01T10\"",
        "\"2025-01-01T24:00\"",
        "\"2025-01-01T10:60\"",
        "\"2025-01-01T10:00:61\"",
        "\"2025-01-01T10:00:00.\"",
        "\"2025-01-01T10:00 UTC\"",
        "\"2025-01-01T10:00  Z\"",
        "\"2025-01-01Z\"",
        "\"2025-01-01 \"",
        "\" 2025-01-01\"",
        "\"2025-01-01x\"",
        "{}",
    ] {
        costs_itself_only(&reading("u", date, "60"));
    }
}

#[test]
fn a_value_of_the_wrong_type_costs_the_record() {
    for value in ["\"60\"", "true", "[60]", r#"{"bpm":60}"#, "\"\""] {
        costs_itself_only(&reading("u", "\"2025-01-01\"", value));
    }
}

#[test]
fn a_value_out_of_range_costs_the_record() {
    for value in ["2000000.001", "-2000001", "1e7", "1E400", "99999999999999999999999999"] {
        costs_itself_only(&reading("u", "\"2025-01-01\"", value));
    }
}

#[test]
fn what_is_no_json_number_costs_the_record() {
    for value in [
        "NaN",
        "Infinity",
        "-Infinity",
        "-",
        "+1",
        "01",
        "-01",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x10",
        "1_000",
        "6 0",
        "nul",
        "True",
    ] {
        costs_itself_only(&reading("u", "\"2025-01-01\"", value));
    }
}

#[test]
fn unknown_fields_must_be_json_too() {
    for value in [
        "NaN",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{1:2}",
        "{\"a\"}",
        "{\"a\":1,}",
        "'a'",
        "\"\\x\"",
        "\"\\u12g4\"",
        "01",
        "-",
        "1.e1",
        "tru",
        "",
    ] {
        costs_itself_only(&format!(
            r#"{{"user_id":"u","x":{value},"date":"2025-01-01","value":60}}"#
        ));
    }
}

#[test]
fn what_is_skipped_is_not_interpreted() {
    for value in ["1E400", "-1e-99999", r#""\ud800""#, r#"{"a":[{}]}"#, r#""},{""#] {
        let good = format!(r#"{{"user_id":"u","x":{value},"date":"2025-01-01","value":60}}"#);
        let file = BadFile::around(Form::RecordPerLine, &good);
        let outcome = harness::ingest(&[file.path()], &[]);
        assert_eq!(
            survivors(&outcome),
            ["after", "before", "u"],
            "{value}: {:?}",
            outcome.rejects
        );
        assert_eq!(outcome.code, Some(0));
    }
}

#[test]
fn nesting_beyond_128_costs_the_record() {
    let nested = |depth: usize| {
        let value = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        format!(r#"{{"user_id":"u","date":"2025-01-01","value":60,"x":{value}}}"#)
    };
    costs_itself_only(&nested(129));
    costs_itself_only(&nested(200_000));
    let file = BadFile::around(Form::RecordPerLine, &nested(126));
    let outcome = harness::ingest(&[file.path()], &[]);
    assert_eq!(survivors(&outcome), ["after", "before", "u"]);
}

#[test]
fn a_raw_control_character_costs_the_record() {
    for raw in ["\u{0}", "\u{1}", "\t", "\u{1f}"] {
        costs_itself_only(&format!(r#"{{"user_id":"u{raw}","date":"2025-01-01","value":60}}"#));
        costs_itself_only(&format!(
            r#"{{"user_id":"u","date":"2025-01-01","value":60,"x":"a{raw}b"}}"#
        ));
    }
    costs_itself_only("{\"user_id\":\"u\",\u{c}\"date\":\"2025-01-01\",\"value\":60}");
}

#[test]
fn invalid_utf8_costs_the_record() {
    for broken in [
        &b"\xff"[..],
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xe6\x97",
        b"\xf4\xbf\xbf\xbf",
    ] {
        for [before, after] in [
            [
                &b"{\"user_id\":\"u"[..],
                &b"\",\"date\":\"2025-01-01\",\"value\":60}"[..],
            ],
            [
                b"{\"user_id\":\"u\",\"date\":\"2025-01-01\",\"value\":60,\"x\":\"",
                b"\"}",
            ],
            [b"{\"user_id\":\"u\",\"date\":\"2025-01-01\",\"value\":60,\"", b"\":1}"],
        ] {
            let bad = [before, broken, after].concat();
            let file = BadFile::around_bytes(Form::RecordPerLine, &bad);
            let outcome = harness::ingest(&[file.path()], &[]);
            assert_eq!(survivors(&outcome), ["after", "before"]);
            assert_eq!(outcome.rejects.len(), 1, "{:?}", outcome.rejects);
            assert_eq!(outcome.rejects[0].byte_offset, file.bad_offset());
            bad_files::assert_readable(&outcome.rejects[0]);
        }
    }
}

#[test]
fn an_element_that_is_no_object_costs_itself() {
    for element in [
        "1",
        "null",
        "\"text\"",
        "[]",
        "true",
        r#"[{"user_id":"u","date":"2025-01-01","value":60}]"#,
    ] {
        for form in Form::ALL.into_iter().filter(|form| *form != Form::Ndjson) {
            let file = BadFile::around(form, element);
            let outcome = harness::ingest(&[file.path()], &[]);
            assert_eq!(
                survivors(&outcome),
                ["after", "before"],
                "{form:?} {element}: {:?}",
                outcome.rejects
            );
            assert_eq!(outcome.rejects.len(), 1, "{form:?} {element}: {:?}", outcome.rejects);
            assert_eq!(outcome.rejects[0].record, Some(1), "{form:?} {element}");
            assert_eq!(outcome.code, Some(3));
        }
    }
}

#[test]
fn excerpts_are_short_and_printable() {
    let long = format!(
        "{{\"user_id\":\"é\u{1}\",\"date\":\"2025-01-01\",\"value\":60,\"x\":\"{}\"}}",
        "日本\t".repeat(500)
    );
    costs_itself_only(&long);
}

#[test]
fn the_last_value_of_a_repeated_key_decides() {
    let records = [
        r#"{"user_id":"","user_id":"a","date":"2025-01-01","value":60}"#,
        r#"{"user_id":"b","date":"x","date":"2025-01-01","value":true,"value":60}"#,
        r#"{"user_id":"c","date":"2025-01-01","value":1e9,"value":60}"#,
        r#"{"user_id":"d","date":"2025-01-01","value":60,"value":"60"}"#,
        r#"{"user_id":"e","user_id":null,"date":"2025-01-01","value":60}"#,
    ];
    let file = BadFile::new("heart_rate.json", format!("[{}]", records.join(",")).as_bytes());
    let outcome = harness::ingest(&[file.path()], &[]);
    assert_eq!(survivors(&outcome), ["a", "b", "c"], "{:?}", outcome.rejects);
    let numbers: Vec<Option<usize>> = outcome.rejects.iter().map(|reject| reject.record).collect();
    assert_eq!(numbers, [Some(3), Some(4)]);
}

#[test]
fn both_spellings_of_a_field_must_be_numbers() {
    for fields in [
        r#""fiber":1,"fiber_g":"x""#,
        r#""fiber_g":{},"fiber":1"#,
        r#""sugar":1,"sugar_g":1e9"#,
    ] {
        let content = format!(r#"[{{"user_id":"u","date":"2025-01-01",{fields}}}]"#);
        let cost = cost_of("nutrition.json", content.as_bytes());
        assert!(cost.users.is_empty(), "{fields}");
        assert_eq!(cost.rejects.len(), 1, "{fields}");
    }
}

#[test]
fn damage_between_records_costs_no_record() {
    let [before, after] = ["before", "after"].map(|user| reading(user, "\"2025-01-01\"", "60"));
    for (name, between) in [
        ("missing comma", "\n  "),
        ("on one line a missing comma", " "),
        ("without any space a missing comma", ""),
        ("extra comma", ",,\n  "),
        ("on a line of its own an extra comma", ",\n  ,\n  "),
        ("garbage", ", garbage ,\n  "),
        ("garbage line", ",\n  ?? lost in transfer ??\n  "),
        ("closing brace", "},\n  "),
        ("semicolon", ";\n  "),
    ] {
        let content = format!("[\n  {before}{between}{after}\n]");
        let file = BadFile::new("heart_rate.json", content.as_bytes());
        let outcome = harness::ingest(&[file.path()], &[]);
        assert_eq!(
            survivors(&outcome),
            ["after", "before"],
            "{name}: {:?}",
            outcome.rejects
        );
        assert_eq!(outcome.code, Some(3), "{name}");
        if name.ends_with("comma") {
            assert_eq!(outcome.rejects.len(), 1, "{name}: {:?}", outcome.rejects);
        }
        let gap = content.find("after").unwrap() - "{\"user_id\":\"".len();
        let first_end = 4 + before.len();
        let offset = outcome.rejects[0].byte_offset;
        assert!(
            (first_end..=gap).contains(&offset),
            "{name}: {offset}, not in {first_end}..={gap}"
        );
    }
}

#[test]
fn a_comma_too_many_at_either_end_is_a_reject() {
    let [before, after] = ["before", "after"].map(|user| reading(user, "\"2025-01-01\"", "60"));
    for content in [
        format!("[,\n{before},\n{after}\n]"),
        format!("[\n{before},\n{after},\n]"),
        format!("[{before},{after},]"),
    ] {
        let cost = cost_of("heart_rate.json", content.as_bytes());
        assert_eq!(cost.users, ["after", "before"], "{content}");
        assert_eq!(cost.rejects.len(), 1, "{content}: {:?}", cost.rejects);
    }
}

#[test]
fn text_after_the_array_is_a_reject() {
    let [before, after] = ["before", "after"].map(|user| reading(user, "\"2025-01-01\"", "60"));
    for tail in ["]", "x", "{}", "\n]\n", "[]", ","] {
        let cost = cost_of("heart_rate.json", format!("[{before},{after}]{tail}").as_bytes());
        assert_eq!(cost.users, ["after", "before"], "{tail:?}");
        assert!(!cost.rejects.is_empty(), "{tail:?}");
        assert_eq!(cost.code, Some(3), "{tail:?}");
    }
}

#[test]
fn a_bad_ndjson_line_costs_itself_only() {
    let [before, after] = ["before", "after"].map(|user| reading(user, "\"2025-01-01\"", "60"));
    for line in [
        "garbage",
        "{",
        "}",
        "{\"user_id\":\"u",
        "[1]",
        "1",
        "\"",
        "{\"user_id\":\"u\",\"date\":\"2025-01-01\"",
        "]",
        "\\",
    ] {
        let cost = cost_of("heart_rate.ndjson", format!("{before}\n{line}\n{after}\n").as_bytes());
        assert_eq!(cost.users, ["after", "before"], "{line}: {:?}", cost.rejects);
        assert_eq!(cost.rejects.len(), 1, "{line}: {:?}", cost.rejects);
        assert_eq!(cost.rejects[0].byte_offset, before.len() + 1, "{line}");
    }
}

#[test]
fn rejects_of_users_carry_no_content() {
    let users = br#"[{"name":"Ada Lovelace","email":"ada@example.com"},
        {"user_id":"before","age":"old","name":"Ada Lovelace"},
        {"user_id":"x","name":"Ada Lov"#;
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("users.json"), users).unwrap();
    let good = format!("[{}]", reading("before", "\"2025-01-01\"", "60"));
    std::fs::write(dir.path().join("heart_rate.json"), good).unwrap();
    let outcome = harness::ingest(&[dir.path()], &[]);
    assert_eq!(outcome.code, Some(3));
    assert_eq!(outcome.rejects.len(), 3, "{:?}", outcome.rejects);
    for reject in &outcome.rejects {
        assert_eq!(reject.excerpt.as_deref().unwrap_or_default(), "");
        let told = format!("{reject:?} {}", outcome.stderr);
        assert!(!told.contains("Ada") && !told.contains("ada@"), "{told}");
    }
    assert_eq!(survivors(&outcome), ["before"]);
}

#[test]
fn max_rejects_exceeded_fails_the_run_and_writes_nothing() {
    let records: Vec<String> = (0..3)
        .map(|number| format!(r#"{{"date":"2025-01-01","value":{number}}}"#))
        .chain([reading("before", "\"2025-01-01\"", "60")])
        .collect();
    let file = BadFile::new("heart_rate.json", format!("[{}]", records.join(",\n")).as_bytes());
    let at_the_limit = harness::ingest(&[file.path()], &["--max-rejects", "3"]);
    assert_eq!(at_the_limit.code, Some(3));
    assert_eq!(survivors(&at_the_limit), ["before"]);
    for limit in ["2", "0"] {
        let beyond = harness::ingest(&[file.path()], &["--max-rejects", limit]);
        assert_eq!(beyond.code, Some(1), "{limit}");
        assert!(beyond.documents.is_none(), "{limit}");
        assert!(!beyond.stderr.is_empty(), "the run does not say why it failed");
        assert_eq!(beyond.report.unwrap()["exit_code"], 1);
    }
}
