//! The template and the strict path side by side: whatever the bytes, what comes of a chunk is the same.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use proptest::prelude::*;

use crate::columns::{Interner, Symbols};
use crate::generate;
use crate::parse::simd::Instructions;
use crate::parse::{ChunkEnd, ChunkInput, ChunkOutput, Expecting, Form, RowReader, parse_chunk};
use crate::record::RecordKind;

/// Readers of one kind that share their codes, the strict one first.
struct Readers(Vec<RowReader>);

impl Readers {
    fn new(kind: RecordKind) -> Readers {
        let (users, texts) = (Arc::new(Interner::of_users()), Arc::new(Interner::of_words()));
        let symbols = |shared: &Arc<Interner>| Symbols::new(Arc::clone(shared));
        let strict = RowReader::strict(kind, symbols(&users), symbols(&texts));
        let fast = [Instructions::Portable, Instructions::detect()]
            .map(|instructions| RowReader::with_instructions(kind, symbols(&users), symbols(&texts), instructions));
        Readers([strict].into_iter().chain(fast).collect())
    }

    /// Parses a chunk with all; what the strict one gives.
    fn same(&mut self, bytes: &[u8], form: Form, expecting: Expecting, end: ChunkEnd) -> ChunkOutput {
        let input = ChunkInput {
            bytes,
            form,
            opens_a_line: true,
            expecting,
            end,
        };
        let mut outputs = self.0.iter_mut().map(|reader| parse_chunk(&input, reader));
        let strict = outputs.next().unwrap();
        for fast in outputs {
            assert!(
                fast == strict,
                "{}\n{fast:#?}\n{strict:#?}",
                String::from_utf8_lossy(bytes)
            );
        }
        strict
    }
}

fn form_of(form: generate::Form) -> Form {
    match form {
        generate::Form::Ndjson => Form::Lines,
        generate::Form::Pretty | generate::Form::Compact => Form::Array,
    }
}

/// The data files of some users; of arrays, what stands behind the opening bracket.
fn data_set(form: generate::Form) -> Vec<(RecordKind, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    let options = generate::Options {
        dir: folder.path().to_path_buf(),
        users: 3,
        days: 12,
        seed: 5,
        form,
        threads: 1,
    };
    let summary = generate::generate(&options, &AtomicBool::new(false), &|_| {}).unwrap();
    let mut files = Vec::new();
    for kind in RecordKind::DATA {
        let named = |path: &std::path::Path| path.file_stem().is_some_and(|stem| stem == kind.name());
        let (path, ..) = summary.files.iter().find(|(path, ..)| named(path)).unwrap();
        let bytes = std::fs::read(path).unwrap();
        let opening = usize::from(form_of(form) == Form::Array);
        files.push((kind, bytes[opening..].to_vec()));
    }
    files
}

/// Small numbers that look random.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % bound
    }
}

/// Breaks, on average, one in `every` records of `record_bytes` by a changed, a removed or an added byte.
fn broken(bytes: &[u8], every: usize, record_bytes: usize, dice: &mut Dice) -> Vec<u8> {
    const BYTES: &[u8] = b"\"\\{}[],:-.0129eEnx \n\t\x01\x80\xc3/T";
    let mut broken = Vec::with_capacity(bytes.len() + 100);
    for byte in bytes {
        let other = BYTES[dice.below(BYTES.len())];
        match dice.below(every * record_bytes * 3) {
            0 => broken.push(other),
            1 => {}
            2 => broken.extend([*byte, other]),
            _ => broken.push(*byte),
        }
    }
    broken
}

const FORMS: [generate::Form; 3] = [generate::Form::Pretty, generate::Form::Compact, generate::Form::Ndjson];

#[test]
fn generated_files_in_every_form_are_read_alike() {
    for form in FORMS {
        for (kind, bytes) in data_set(form) {
            let mut readers = Readers::new(kind);
            let whole = readers.same(&bytes, form_of(form), Expecting::FirstOrEnd, ChunkEnd::File);
            assert!(whole.rejects.is_empty() && !whole.rows.is_empty(), "{kind:?}");
            let four_spaces = String::from_utf8(bytes).unwrap().replace("\n  ", "\n    ");
            for text in [
                four_spaces.replace('\n', "\r\n"),
                four_spaces.replace("    ", "\t"),
                four_spaces,
            ] {
                let again = readers.same(text.as_bytes(), form_of(form), Expecting::FirstOrEnd, ChunkEnd::File);
                assert_eq!(again.rows, whole.rows, "{kind:?}");
            }
        }
    }
}

#[test]
fn broken_files_are_read_alike_with_the_same_rejects() {
    let mut dice = Dice(1);
    let mut rejects = 0;
    for form in FORMS {
        for (kind, bytes) in data_set(form) {
            let mut readers = Readers::new(kind);
            for every in [20, 20, 20, 3, 100] {
                let broken = broken(&bytes, every, 150, &mut dice);
                let output = readers.same(&broken, form_of(form), Expecting::FirstOrEnd, ChunkEnd::File);
                rejects += output.rejects.len();
            }
        }
    }
    assert!(rejects > 100, "{rejects}");
}

#[test]
fn cuts_at_any_byte_are_read_alike() {
    for form in FORMS {
        for (kind, bytes) in data_set(form) {
            let mut readers = Readers::new(kind);
            let some = &bytes[..bytes.len().min(1600)];
            for cut in 0..some.len() {
                for end in [ChunkEnd::More, ChunkEnd::File] {
                    readers.same(&some[..cut], form_of(form), Expecting::Record, end);
                }
                readers.same(&some[cut..], form_of(form), Expecting::Record, ChunkEnd::More);
            }
        }
    }
}

#[test]
fn regular_records_are_read_by_the_template() {
    for form in FORMS {
        let (kind, bytes) = data_set(form).swap_remove(4);
        assert_eq!(kind, RecordKind::HeartRate);
        let mut reader = Readers::new(kind).0.remove(2);
        let start = bytes.iter().position(|byte| *byte == b'{').unwrap();
        let mut output = reader.new_output();
        let end = reader.read(&bytes, start, form_of(form), &mut output).unwrap();
        let next = end + bytes[end..].iter().position(|byte| *byte == b'{').unwrap();
        let run = reader.read_alike(&bytes, next, form_of(form), &mut output.rows);
        let left = bytes[run.at..].iter().filter(|byte| **byte == b'{').count();
        assert!(run.records > 100 && left <= 8, "{run:?}, {left} left");
    }
}

/// Keys that mean something and such that do not, and values of all types, good and bad for them.
fn any_field() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec![
        "user_id",
        "user_id",
        "date",
        "date",
        "date_time",
        "timestamp",
        "calories",
        "protein",
        "fiber",
        "fiber_g",
        "sodium_mg",
        "meal_type",
        "meal_type",
        "sleep_quality",
        "bedtime",
        "value",
        "notes",
        "x",
        "caf\u{e9}",
        "a\\u0062",
    ]);
    (key, any_value()).prop_map(|(key, value)| format!("\"{key}\"\u{0}{value}"))
}

fn any_value() -> impl Strategy<Value = String> {
    let some = |values: &[&str]| prop::sample::select(values.iter().map(|value| value.to_string()).collect::<Vec<_>>());
    prop_oneof![
        4 => some(&["\"u1\"", "\"u1\"", "\"u22\"", "\"\"", "17", "\"lunch\"", "\"dinner\"", "\"caf\u{e9}\"", "\"a\\u0062\""]),
        4 => some(&[
            "\"2025-01-02\"", "\"2025-01-02 10:11:12\"", "\"2025-01-02T10:11:12Z\"", "\"2025-01-02T23:59:60\"",
            "\"2025-01-02 24:00:00\"", "\"2025-01-02T10:11:12.123456789+08:00\"", "\"2025-13-02\"", "\"22:45\"",
        ]),
        4 => some(&[
            "0", "-0", "72", "72.5", "-1.125", "0.0025", "1e3", "1E400", "2000000", "2000000.001", "12345678", "7.25",
        ]),
        1 => some(&["null", "true", "false", "{}", "[1,{\"a\":\"}\"}]", "{\"b\":[]}"]),
        1 => some(&["01", "1.", "NaN", "nul", "\"a\tb\"", "\"\\x\"", "\"\\ud800\"", "[1,]", "{\"b\"}", ""]),
    ]
}

/// Records of one layout whose values change, in a file of any spacing.
fn any_file() -> impl Strategy<Value = (String, Form)> {
    let fields = prop::collection::vec(any_field(), 1..7);
    let changes = prop::collection::vec((0usize..7, any_value()), 0..30);
    let spacing = prop::sample::select(vec![
        ["", "", "", ""],
        ["\n  ", "\n    ", " ", "\n"],
        [" ", "\r\n\t", "  ", ""],
    ]);
    (fields, changes, spacing, any::<bool>()).prop_map(|(mut fields, changes, [outer, inner, colon, last], lines)| {
        if !fields.iter().any(|field| field.starts_with("\"user_id\"")) {
            fields.insert(0, "\"user_id\"\u{0}\"u1\"".to_string());
        }
        if !fields.iter().any(|field| field.starts_with("\"date")) {
            fields.push("\"date\"\u{0}\"2025-01-02\"".to_string());
        }
        let record = |fields: &[String]| {
            let fields: Vec<String> = fields
                .iter()
                .map(|field| field.replace('\u{0}', &format!(":{colon}")))
                .collect();
            format!("{{{inner}{}{inner}}}", fields.join(&format!(",{inner}")))
        };
        let mut records = vec![record(&fields), record(&fields)];
        for (index, value) in changes {
            let mut changed = fields.clone();
            if let Some(field) = changed.get_mut(index) {
                let key = field.split('\u{0}').next().unwrap();
                *field = format!("{key}\u{0}{value}");
            }
            if index % 2 == 0 {
                fields.clone_from(&changed);
            }
            records.push(record(&changed));
        }
        match lines {
            true => (records.join("\n"), Form::Lines),
            false => (
                format!("{outer}{}{last}]", records.join(&format!(",{outer}"))),
                Form::Array,
            ),
        }
    })
}

fn any_kind() -> impl Strategy<Value = RecordKind> {
    prop::sample::select(vec![RecordKind::Nutrition, RecordKind::Sleep, RecordKind::HeartRate])
}

/// Records whose values keep their lengths and mean something else, or nothing, in some of them.
fn alike_file() -> impl Strategy<Value = String> {
    let one_of = |values: &'static [&'static str]| prop::sample::select(values);
    let record = (
        one_of(&["a1", "b2", "\\n", "\u{e9}", "\"1"]),
        one_of(&["u1", "u1", "u2", "u3", "\u{e9}", "\\n"]),
        one_of(&[
            "2025-01-02",
            "2025-01-02",
            "2025-01-03",
            "2024-02-29",
            "2025-02-29",
            "2025-1x-02",
        ]),
        one_of(&["10:11:12", "10:11:12", "23:59:59", "24:00:00", "23:59:60", "1o:11:12"]),
        one_of(&["72", "72", "7.5", "null", "x"]),
    );
    let layout = prop::sample::select(vec![[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1]]);
    (layout, any::<bool>(), prop::collection::vec(record, 2..40)).prop_map(|(layout, with_time, records)| {
        let record = |(id, user, date, time, value)| {
            let time = if with_time { format!(" {time}") } else { String::new() };
            let first = [
                format!("\"id\": \"{id}\""),
                format!("\"user_id\": \"{user}\""),
                format!("\"date_time\": \"{date}{time}\""),
            ];
            format!(
                "{{{}, \"value\": {value}}}",
                layout.map(|field| first[field].clone()).join(", ")
            )
        };
        records.into_iter().map(record).collect::<Vec<_>>().join(", ") + "]"
    })
}

/// Readings of some users and days, in runs or shuffled, with ids and beginnings of any length, more than fit a block; a
/// few are bad.
fn readings_file() -> impl Strategy<Value = String> {
    // Around the lengths that are looked up in other ways.
    let length = prop::sample::select(vec![1, 2, 14, 15, 16, 17, 31, 32, 36]);
    let users = length.prop_map(|length: usize| ["1", "2", "3", "\u{e9}"].map(|last| "0".repeat(length - 1) + last));
    let user = prop_oneof![30 => 0usize..3, 1 => Just(3)];
    let day = prop_oneof![20 => 1u32..29, 1 => 29u32..33];
    let time = prop_oneof![30 => Just("10:11:12"), 1 => Just("24:00:00")];
    let value = prop_oneof![30 => 40i32..200, 1 => Just(-1), 1 => Just(i32::MAX)];
    let records = prop::collection::vec((user, day, time, value, 1usize..4), 2..150);
    (users, 0usize..500, 0u8..3, records).prop_map(|(users, padding, order, mut records)| {
        match order {
            0 => records.sort_unstable(),
            1 => records.iter_mut().for_each(|record| record.4 = 1),
            _ => {}
        }
        let padding = "x".repeat(padding);
        let record = |(user, day, time, value, count): (usize, u32, &str, i32, usize)| {
            let fields = [
                format!("\"id\":\"{padding}\",\"user_id\":\"{}\"", users[user]),
                format!("\"date_time\":\"2025-02-{day:02} {time}\",\"value\":{value}"),
            ];
            vec![format!("{{{}}}", fields.join(",")); count]
        };
        records.into_iter().flat_map(record).collect::<Vec<_>>().join(",") + "]"
    })
}

proptest! {
    #[test]
    fn readings_are_read_alike(text in readings_file()) {
        Readers::new(RecordKind::HeartRate).same(text.as_bytes(), Form::Array, Expecting::FirstOrEnd, ChunkEnd::File);
    }

    #[test]
    fn records_that_begin_alike_are_read_alike(text in alike_file()) {
        Readers::new(RecordKind::HeartRate).same(text.as_bytes(), Form::Array, Expecting::FirstOrEnd, ChunkEnd::File);
    }

    #[test]
    fn any_layout_is_read_alike(kind in any_kind(), (text, form) in any_file()) {
        Readers::new(kind).same(text.as_bytes(), form, Expecting::FirstOrEnd, ChunkEnd::File);
    }

    #[test]
    fn any_damage_is_read_alike(kind in any_kind(), (text, form) in any_file(), seed: u64, more: bool) {
        let end = if more { ChunkEnd::More } else { ChunkEnd::File };
        let broken = broken(text.as_bytes(), 2, 100, &mut Dice(seed));
        Readers::new(kind).same(&broken, form, Expecting::FirstOrEnd, end);
    }
}
