//! The contenders: each reads a file in the same chunks and brings its records together by user and day.
//!
//! The libraries get each chunk as an array of its own and parse it into records that borrow from it: the fastest way
//! each offers for typed data. vitalvec packs its rows into columns, as an ingest does, and is grouped from those.

use std::fs::File;
use std::hash::BuildHasher;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use crossbeam_channel::bounded;
use rustc_hash::{FxBuildHasher, FxHashMap};
use serde::Deserialize;
use vitalvec::columns::{Columns, Interner, Order, Partitioner, Symbols};
use vitalvec::parse::{ChunkInput, RowReader, parse_chunk};
use vitalvec::record::{Date, RecordKind, column};
use vitalvec::source::{CHUNK_BYTES, Chunk, Chunks, InputFile, Piece};

/// Count and sum (in thousandths, of all numeric fields) of the records of a user and day, by the hash of the user's
/// id and the day as a number: what grouping costs must not hide what reading costs.
pub(crate) type Groups = FxHashMap<(u64, u32), (u64, i64)>;

/// What is read of a heart rate record.
#[derive(Deserialize)]
pub(crate) struct Reading<'a> {
    user_id: &'a str,
    date_time: &'a str,
    value: f64,
}

/// What is read of a nutrition record.
#[derive(Deserialize)]
pub(crate) struct Meal<'a> {
    user_id: &'a str,
    date: &'a str,
    #[expect(dead_code, reason = "vitalvec reads it too")]
    meal_type: &'a str,
    calories: f64,
    protein: f64,
    carbs: f64,
    fat: f64,
    fiber: f64,
    sugar: f64,
    sodium: f64,
}

/// A typed record.
pub(crate) trait Record<'a>: Deserialize<'a> {
    /// User, day and the sum of the numeric fields in thousandths.
    fn key_and_sum(&self) -> (&'a str, &'a str, i64);
}

impl<'a> Record<'a> for Reading<'a> {
    fn key_and_sum(&self) -> (&'a str, &'a str, i64) {
        (self.user_id, &self.date_time[..10], thousandths(&[self.value]))
    }
}

impl<'a> Record<'a> for Meal<'a> {
    fn key_and_sum(&self) -> (&'a str, &'a str, i64) {
        let values = [
            self.calories,
            self.protein,
            self.carbs,
            self.fat,
            self.fiber,
            self.sugar,
            self.sodium,
        ];
        (self.user_id, &self.date[..10], thousandths(&values))
    }
}

fn thousandths(values: &[f64]) -> i64 {
    values.iter().map(|value| (value * 1000.0).round() as i64).sum()
}

/// Groups being made: neighbours mostly belong together, so one group is kept at hand.
#[derive(Default)]
pub(crate) struct Grouping {
    done: Groups,
    key: (u64, u32),
    count: u64,
    sum: i64,
}

impl Grouping {
    fn add(&mut self, (user, day, sum): (&str, &str, i64)) {
        let digits = day.bytes().filter(u8::is_ascii_digit);
        let day = digits.fold(0, |day, digit| day * 10 + u32::from(digit - b'0'));
        self.add_rows((FxBuildHasher.hash_one(user), day), 1, sum);
    }

    fn add_rows(&mut self, key: (u64, u32), count: u64, sum: i64) {
        if self.key != key {
            self.close();
            self.key = key;
        }
        self.count += count;
        self.sum += sum;
    }

    fn close(&mut self) {
        if self.count > 0 {
            let group = self.done.entry(self.key).or_default();
            *group = (group.0 + self.count, group.1 + self.sum);
        }
        (self.count, self.sum) = (0, 0);
    }

    fn finish(mut self) -> Groups {
        self.close();
        self.done
    }
}

/// Bare reading: every byte is looked at, in words.
pub(crate) fn read(path: &Path) -> Option<Groups> {
    let mut file = File::open(path).expect("the file can be opened");
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut all = 0;
    loop {
        let count = file.read(&mut buffer).expect("the file can be read");
        if count == 0 {
            std::hint::black_box(all);
            return None;
        }
        let words = buffer[..count].as_chunks::<8>().0.iter();
        all = words.fold(all, |all, word| all ^ u64::from_le_bytes(*word));
    }
}

fn each_chunk(path: &Path, kind: RecordKind, mut take: impl FnMut(&Chunk)) {
    let input = InputFile {
        path: path.into(),
        kind,
        bytes: 0,
    };
    let (done, spare) = bounded(2);
    let mut chunks = Chunks::open(0, &input, CHUNK_BYTES, spare).expect("the file can be opened");
    while let Some(piece) = chunks.next_piece().expect("the file can be read") {
        if let Piece::Chunk(chunk) = piece {
            take(&chunk);
            // With both places taken the memory is given back.
            let _ = done.try_send(chunk.bytes);
        }
    }
}

/// Our parser and columns.
pub(crate) fn vitalvec(path: &Path, kind: RecordKind) -> Option<Groups> {
    let (users, texts) = (Arc::new(Interner::default()), Arc::new(Interner::default()));
    let symbols = |shared: &Arc<Interner>| Symbols::new(Arc::clone(shared));
    let mut reader = RowReader::new(kind, symbols(&users), symbols(&texts));
    let mut partitioner = Partitioner::new(Arc::clone(&users));
    let mut columns = Columns::new(Arc::clone(&users), texts, u64::MAX);
    each_chunk(path, kind, |chunk| {
        let input = ChunkInput {
            bytes: &chunk.bytes,
            form: chunk.form,
            opens_a_line: chunk.opens_a_line,
            expecting: chunk.expecting,
            end: chunk.end,
        };
        let rows = parse_chunk(&input, &mut reader).rows;
        let order = Order {
            file: 0,
            chunk: chunk.number,
        };
        let packed = partitioner.pack(&rows);
        columns.add(kind, order, packed).expect("the columns fit the memory");
        reader.recycle(rows);
    });
    Some(groups_of_columns(&columns, kind))
}

fn groups_of_columns(columns: &Columns, kind: RecordKind) -> Groups {
    let at = kind.data_index().expect("the kind has rows");
    let numeric = match kind {
        RecordKind::Nutrition => 0..column::MEAL_TYPE,
        _ => 0..1,
    };
    let mut groups = Grouping::default();
    let buckets = (0..columns.buckets()).map(|bucket| columns.bucket(bucket).expect("the columns are in memory"));
    for bucket in buckets {
        for partition in 0..bucket.partitions() {
            let rows = &bucket.partition(partition).expect("the columns are in memory").kinds[at];
            let keys: Vec<(u32, i32)> = rows.users.iter().copied().zip(rows.days.iter().copied()).collect();
            let mut start = 0;
            for run in keys.chunk_by(|one, next| one == next) {
                let (year, month, day) = Date::from_days(run[0].1).ymd();
                let user = FxBuildHasher.hash_one(&*columns.user_id(run[0].0));
                let values = rows.columns[numeric.clone()].iter();
                let sum = values
                    .flat_map(|values| &values[start..start + run.len()])
                    .map(|value| i64::from(*value))
                    .sum();
                let day = (year as u32 * 100 + month) * 100 + day;
                groups.add_rows((user, day), run.len() as u64, sum);
                start += run.len();
            }
        }
    }
    groups.finish()
}

/// A library: each chunk becomes an array of typed records.
pub(crate) fn library(path: &Path, parse: impl Fn(&mut [u8], &mut Grouping)) -> Option<Groups> {
    let mut groups = Grouping::default();
    let mut array = Vec::new();
    each_chunk(path, RecordKind::HeartRate, |chunk| {
        let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b']');
        let length = chunk
            .bytes
            .iter()
            .rposition(|byte| !ends(byte))
            .map_or(0, |last| last + 1);
        array.clear();
        array.push(b'[');
        array.extend_from_slice(&chunk.bytes[..length]);
        array.push(b']');
        parse(&mut array, &mut groups);
    });
    Some(groups.finish())
}

pub(crate) fn sonic<'a, R: Record<'a>>(bytes: &'a mut [u8], groups: &mut Grouping) {
    let records: Vec<R> = sonic_rs::from_slice(bytes).expect("generated data is JSON");
    records.iter().for_each(|record| groups.add(record.key_and_sum()));
}

pub(crate) fn simd<'a, R: Record<'a>>(bytes: &'a mut [u8], groups: &mut Grouping) {
    let records: Vec<R> = simd_json::from_slice(bytes).expect("generated data is JSON");
    records.iter().for_each(|record| groups.add(record.key_and_sum()));
}

pub(crate) fn serde<'a, R: Record<'a>>(bytes: &'a mut [u8], groups: &mut Grouping) {
    let text = simdutf8::basic::from_utf8(bytes).expect("generated data is UTF-8");
    let records: Vec<R> = serde_json::from_str(text).expect("generated data is JSON");
    records.iter().for_each(|record| groups.add(record.key_and_sum()));
}
