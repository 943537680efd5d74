//! What damage costs: the record it is in, once, and what stands inside that record is never taken for another.

use std::sync::Arc;

use super::{ChunkEnd, ChunkInput, Ended, Expecting, Form, Reason, RowReader, parse_chunk};
use crate::columns::{Interner, Symbols};
use crate::record::RecordKind;

/// What came of a file: the users of its good records, and the number and reason of each reject.
#[derive(Debug, PartialEq)]
struct Cost {
    users: Vec<String>,
    rejects: Vec<(u64, Reason)>,
}

/// Reads a whole file: an array, or lines.
fn cost(file: &str, end: ChunkEnd) -> (Cost, Ended) {
    let (form, text) = match file.strip_prefix('[') {
        Some(records) => (Form::Array, records),
        None => (Form::Lines, file),
    };
    let (users, words) = (Arc::new(Interner::of_users()), Arc::new(Interner::of_words()));
    let mut reader = RowReader::new(
        RecordKind::HeartRate,
        Symbols::new(Arc::clone(&users)),
        Symbols::new(words),
    );
    let input = ChunkInput {
        bytes: text.as_bytes(),
        form,
        opens_a_line: form == Form::Lines,
        expecting: if form == Form::Array {
            Expecting::FirstOrEnd
        } else {
            Expecting::Record
        },
        end,
    };
    let output = parse_chunk(&input, &mut reader);
    let runs = output.rows.runs.iter();
    let users = runs
        .flat_map(|run| vec![users.text(run.user).to_string(); run.rows])
        .collect();
    let rejects = output
        .rejects
        .iter()
        .map(|reject| (reject.record, reject.reason))
        .collect();
    (Cost { users, rejects }, output.ended)
}

/// Words of the cases: `G` a good record of user g, `H` the first fields of one, `I` an object that could be a record of
/// user inner.
fn spelled(case: &str) -> String {
    let good = r#"{"user_id":"g","date":"2025-01-01","value":9}"#;
    let inner = r#"{"user_id":"inner","date":"2025-01-01","value":5}"#;
    let words = case.replace('H', r#""user_id":"u","date":"2025-01-01""#);
    words.replace('G', good).replace('I', inner)
}

fn assert_costs(case: &str, good: usize, rejects: &[(u64, Reason)]) {
    let file = spelled(case);
    let (cost, ended) = cost(&file, ChunkEnd::File);
    let expected = Cost {
        users: vec!["g".to_string(); good],
        rejects: rejects.to_vec(),
    };
    assert_eq!(cost, expected, "{file}");
    if file.ends_with(']') {
        assert_eq!(ended, Ended::Between(Expecting::Nothing), "{file}");
    }
}

#[test]
fn an_object_inside_a_damaged_record_is_no_record() {
    use Reason::{ControlCharacter, NotANumber, Syntax};
    for (case, reason) in [
        (r#"[G,{H,"x" I},G]"#, Syntax),
        (r#"[G,{H,"x":1 I},G]"#, Syntax),
        (r#"[G,{H,"x":nulI},G]"#, Syntax),
        (r#"[G,{H,"x",I},G]"#, Syntax),
        (r#"[G,{H,"x"=I},G]"#, Syntax),
        (r#"[G,{H,"x":1,I},G]"#, Syntax),
        (r#"[G,{H,"x":1,I,"z":2},G]"#, Syntax),
        (r#"[G,{H,"x":"\q","y":[{"a":1},I]},G]"#, Syntax),
        (r#"[G,{H,"x":"\u12g4","y":[{"a":1},I]},G]"#, Syntax),
        ("[G,{H,\"x\":\"\t\",\"y\":[{\"a\":1},I]},G]", ControlCharacter),
        (r#"[G,{H,"x":NaN,"y":I},G]"#, NotANumber),
    ] {
        assert_costs(case, 2, &[(1, reason)]);
        // The last of its file.
        assert_costs(&case.replace(",G]", "]"), 1, &[(1, reason)]);
        assert_costs(&case.replace(",G]", "\n]"), 1, &[(1, reason)]);
    }
}

#[test]
fn the_last_line_costs_itself_only() {
    assert_costs("G\n{H,\"x\":NaN,\"y\":I}\n", 1, &[(1, Reason::NotANumber)]);
    let deep = format!("G\n{{H,\"x\":{}I{}}}\n", "{\"a\":".repeat(128), "}".repeat(128));
    assert_costs(&deep, 1, &[(1, Reason::TooDeep)]);
}

#[test]
fn a_cut_record_is_one_reject_wherever_it_is_cut() {
    let record = r#"{H,"y":I,"z":[I,I],"w":{"q":I}}"#;
    for between in ["", "\n", "\n  "] {
        let whole = spelled(&format!("[{between}G,{between}{record}"));
        let start = whole.rfind("{\"user_id\":\"u\"").unwrap();
        for cut in start + 1..whole.len() {
            if whole[..cut].ends_with(']') {
                // It could as well be whole, with a bracket that is never closed.
                continue;
            }
            let (cost, _) = cost(&whole[..cut], ChunkEnd::File);
            assert_eq!(cost.rejects, [(1, Reason::Truncated)], "{}", &whole[..cut]);
            assert_eq!(cost.users, ["g"], "{}", &whole[..cut]);
        }
    }
    let pretty = "[\n  G,\n  {\n    H,\n    \"y\": {\n      \"user_id\": \"inner\",\n      \"val";
    assert_costs(pretty, 1, &[(1, Reason::Truncated)]);
}

#[test]
fn balanced_damage_costs_one_record_and_one_reject() {
    use Reason::{ControlCharacter, Syntax};
    for (case, reason) in [
        (r#"[{H,"x":"\q"},G,G]"#, Syntax),
        (r#"[{H,"x":"\q","y":"},{"},G,G]"#, Syntax),
        (r#"[{H,"x":"\q","y":["]"]},G,G]"#, Syntax),
        (r#"[{H,"x":"\q","y":"]","z":1},G,G]"#, Syntax),
        ("[{H,\"x\":\"a\tb\",\"y\":\"]\",\"z\":1},G,G]", ControlCharacter),
        (r#"[{H,"x":},"y":[1,[2],"]"]},G,G]"#, Syntax),
        (r#"[{H,"x":]},G,G]"#, Syntax),
        (r#"[{H,"x":}},G,G]"#, Syntax),
    ] {
        assert_costs(case, 2, &[(0, reason)]);
        assert_costs(&case.replace(",G,G]", "]"), 0, &[(0, reason)]);
    }
}

#[test]
fn what_an_unbalanced_brace_swallows_is_told_by_what_follows() {
    use Reason::Syntax;
    for case in [
        "[{H,G,G]",
        "[{H G,G]",
        r#"[{H,"x":{"a":1},G,G]"#,
        r#"[{H,"x":[{"a":1 {"b":2}],"y":nul},G,G]"#,
        "[{H,\n{H,\nG,\nG]",
    ] {
        let (cost, _) = cost(&spelled(case), ChunkEnd::File);
        assert_eq!(cost.users, ["g", "g"], "{case}");
        assert_eq!(cost.rejects[0], (0, Syntax), "{case}");
    }
}

#[test]
fn a_record_without_its_opening_brace_is_one_reject() {
    assert_costs(r#"[G,H,"value":1},G]"#, 2, &[(1, Reason::Syntax)]);
    let pretty = "[\n  G,\n  \n    \"user_id\": \"u\",\n    \"date\": \"2025-01-01\",\n    \"value\": 1\n  },\n  G\n]";
    assert_costs(pretty, 2, &[(1, Reason::Syntax)]);
    assert_costs("G\nH,\"value\":1}\nG\n", 2, &[(1, Reason::Syntax)]);
}

#[test]
fn a_value_that_is_no_object_is_one_reject_however_deep() {
    for depth in [1, 128, 129, 1000, 100_000] {
        let case = format!("[G,{}{},G]", "[".repeat(depth), "]".repeat(depth));
        assert_costs(&case, 2, &[(1, Reason::NotAnObject)]);
    }
    for depth in [128, 1000, 100_000] {
        let case = format!("[G,{{H,\"x\":{}1{}}},G]", "{\"a\":".repeat(depth), "}".repeat(depth));
        assert_costs(&case, 2, &[(1, Reason::TooDeep)]);
    }
    assert_costs(r#"[G,"\q,{",G]"#, 2, &[(1, Reason::NotAnObject)]);
    assert_costs(r#"[G,["\q",I],G]"#, 2, &[(1, Reason::NotAnObject)]);
}

#[test]
fn what_stands_between_a_damaged_record_and_the_next_is_judged() {
    use Reason::{ExtraComma, MissingComma, NotAnObject, Syntax};
    for (behind, rejects) in [
        (",\n  G", vec![]),
        (",\n  17,\n  G", vec![(1, NotAnObject)]),
        (",\n  [{\"a\":1}],\n  G", vec![(1, NotAnObject)]),
        (",,\n  G", vec![(1, ExtraComma)]),
        ("\n  G", vec![(1, MissingComma)]),
    ] {
        let expected: Vec<_> = std::iter::once((0, Syntax)).chain(rejects).collect();
        assert_costs(
            &format!("[\n  {{\n    H,\n    \"x\": nul\n  }}{behind}\n]"),
            1,
            &expected,
        );
        assert_costs(&format!("[{{H,\"x\":nul}}{behind}]"), 1, &expected);
    }
}
