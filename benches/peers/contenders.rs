//! The contenders that are Rust: each reads a file in the same chunks and brings its records together by user and day.
//!
//! The libraries get each chunk as an array of its own and parse it into records that borrow from it: the fastest way
//! each offers for typed data. vitalvec packs its rows into columns, as an ingest does, and is grouped from those: a user
//! is whole in one of their partitions, so the groups of each are complete.

use std::fmt;
use std::fs::File;
use std::hash::BuildHasher;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use crossbeam_channel::bounded;
use rustc_hash::{FxBuildHasher, FxHashMap};
use serde::Deserialize;
use vitalvec::columns::{Columns, Interner, Order, Partition, Partitioner, Symbols};
use vitalvec::parse::{ChunkInput, RowReader, parse_chunk};
use vitalvec::record::{Date, RecordKind, column};
use vitalvec::source::{CHUNK_BYTES, Chunk, Chunks, InputFile, Piece};

/// A user and day: the hash of the user's id and the day as a number, since what grouping costs must not hide what
/// reading costs.
type Key = (u64, u32);

/// Count, extremes and sum of the records of a user and day, in thousandths; of several numbers the sums of each.
#[derive(Clone, Copy)]
struct Group {
    count: u64,
    least: i64,
    most: i64,
    sum: i64,
}

impl Group {
    const EMPTY: Group = Group {
        count: 0,
        least: i64::MAX,
        most: i64::MIN,
        sum: 0,
    };

    fn add(&mut self, other: Group) {
        self.count += other.count;
        self.least = self.least.min(other.least);
        self.most = self.most.max(other.most);
        self.sum += other.sum;
    }
}

/// `NAME KIND FILE THREADS`: what the contender finds in the file, as a digest.
pub(crate) fn run(args: &[String]) -> String {
    let [name, kind, path, threads] = args else {
        panic!("NAME KIND FILE THREADS")
    };
    let (path, threads) = (Path::new(path), threads.parse().expect("THREADS is a number"));
    let heart_rate = kind == "heart_rate";
    let kind = if heart_rate {
        RecordKind::HeartRate
    } else {
        RecordKind::Nutrition
    };
    let digest = match (name.as_str(), heart_rate) {
        ("read", _) => {
            read(path, threads);
            return String::new();
        }
        ("vitalvec", _) => vitalvec(path, kind, RowReader::new),
        ("vitalvec, strict path alone", _) => vitalvec(path, kind, RowReader::strict),
        ("sonic-rs", true) => library(path, |bytes, groups| sonic::<Reading<'_>>(bytes, groups)),
        ("sonic-rs", false) => library(path, |bytes, groups| sonic::<Meal<'_>>(bytes, groups)),
        ("simd-json", true) => library(path, |bytes, groups| simd::<Reading<'_>>(bytes, groups)),
        ("simd-json", false) => library(path, |bytes, groups| simd::<Meal<'_>>(bytes, groups)),
        ("serde_json", true) => library(path, |bytes, groups| serde::<Reading<'_>>(bytes, groups)),
        ("serde_json", false) => library(path, |bytes, groups| serde::<Meal<'_>>(bytes, groups)),
        _ => panic!("no contender {name}"),
    };
    digest.to_string()
}

/// Groups, records, sum of all values, sum of the squared group sizes.
#[derive(Default)]
struct Digest {
    groups: usize,
    records: u64,
    sum: i64,
    squares: u64,
}

impl Digest {
    /// Adds groups that are complete.
    fn add(&mut self, groups: &FxHashMap<Key, Group>) {
        self.groups += groups.len();
        for group in groups.values() {
            self.records += group.count;
            self.sum += group.sum;
            self.squares += group.count * group.count;
        }
        // The extremes are not printed; they must be computed all the same.
        std::hint::black_box(groups.values().map(|group| group.most - group.least).max());
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Digest {
            groups,
            records,
            sum,
            squares,
        } = self;
        write!(formatter, "{groups} {records} {sum} {squares}")
    }
}

/// What is read of a heart rate record.
#[derive(Deserialize)]
struct Reading<'a> {
    user_id: &'a str,
    date_time: &'a str,
    value: f64,
}

/// What is read of a nutrition record.
#[derive(Deserialize)]
struct Meal<'a> {
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
trait Record<'a>: Deserialize<'a> {
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
struct Grouping {
    done: FxHashMap<Key, Group>,
    key: Key,
    group: Group,
}

impl Grouping {
    fn new() -> Grouping {
        Grouping {
            done: FxHashMap::default(),
            key: (0, 0),
            group: Group::EMPTY,
        }
    }

    fn add_record(&mut self, (user, day, sum): (&str, &str, i64)) {
        let digits = day.bytes().filter(u8::is_ascii_digit);
        let day = digits.fold(0, |day, digit| day * 10 + u32::from(digit - b'0'));
        let group = Group {
            count: 1,
            least: sum,
            most: sum,
            sum,
        };
        self.add((FxBuildHasher.hash_one(user), day), group);
    }

    fn add(&mut self, key: Key, group: Group) {
        if self.key != key {
            self.close();
            self.key = key;
        }
        self.group.add(group);
    }

    fn close(&mut self) {
        if self.group.count > 0 {
            self.done.entry(self.key).or_insert(Group::EMPTY).add(self.group);
        }
        self.group = Group::EMPTY;
    }

    /// Gives the groups to a digest; the next ones have other keys.
    fn finish(&mut self, digest: &mut Digest) {
        self.close();
        digest.add(&self.done);
        self.done.clear();
    }
}

/// Bare reading: every byte is looked at, in words; of a folder, its JSON files. Each thread reads its part.
fn read(path: &Path, threads: u64) {
    if path.is_dir() {
        let entries = std::fs::read_dir(path).expect("the folder can be read").flatten();
        return entries.for_each(|entry| read(&entry.path(), threads));
    }
    let part = std::fs::metadata(path)
        .expect("the file is there")
        .len()
        .div_ceil(threads);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                let mut file = File::open(path).expect("the file can be opened");
                file.seek(SeekFrom::Start(thread * part))
                    .expect("a file can be read from anywhere");
                read_words(file.take(part));
            });
        }
    });
}

fn read_words(mut input: impl Read) {
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut all = 0;
    loop {
        let count = input.read(&mut buffer).expect("the file can be read");
        if count == 0 {
            std::hint::black_box(all);
            return;
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
    let mut chunks = Chunks::open(0, &input, CHUNK_BYTES, spare.clone()).expect("the file can be opened");
    while let Some(piece) = chunks.next_piece().expect("the file can be read") {
        if let Piece::Chunk(chunk) = piece {
            let chunk = chunk.read(&spare).expect("the file can be read");
            take(&chunk);
            // With both places taken the memory is given back.
            let _ = done.try_send(chunk.bytes);
        }
    }
}

/// Our parser and columns.
fn vitalvec(path: &Path, kind: RecordKind, reader: fn(RecordKind, Symbols, Symbols) -> RowReader) -> Digest {
    let (users, texts) = (Arc::new(Interner::of_users()), Arc::new(Interner::of_words()));
    let symbols = |shared: &Arc<Interner>| Symbols::new(Arc::clone(shared));
    let mut reader = reader(kind, symbols(&users), symbols(&texts));
    let mut partitioner = Partitioner::default();
    let mut columns = Columns::new(users, texts, u64::MAX);
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
    columns.finish().expect("nothing goes to disk");
    let (mut groups, mut digest) = (Grouping::new(), Digest::default());
    let mut room = Partition::default();
    for bucket in 0..columns.buckets() {
        let bucket = columns.bucket(bucket).expect("the columns are in memory");
        for partition in 0..bucket.partitions() {
            let rows = bucket.partition(partition, room).expect("the columns are in memory");
            group_rows(&rows, kind, &columns, &mut groups);
            // A user is whole in one partition.
            groups.finish(&mut digest);
            room = rows;
        }
    }
    digest
}

fn group_rows(partition: &Partition, kind: RecordKind, columns: &Columns, groups: &mut Grouping) {
    let rows = &partition.kinds[kind.data_index().expect("the kind has rows")];
    let numeric = match kind {
        RecordKind::Nutrition => 0..column::MEAL_TYPE,
        _ => 0..1,
    };
    let mut last = None;
    for (run, places) in rows.runs_and_rows() {
        let user = match last {
            Some((code, hash)) if code == run.user => hash,
            _ => FxBuildHasher.hash_one(&*columns.user_id(run.user)),
        };
        last = Some((run.user, user));
        let (year, month, day) = Date::from_days(run.day).ymd();
        let mut group = Group::EMPTY;
        for values in &rows.columns[numeric.clone()] {
            for value in &values[places.clone()] {
                let value = i64::from(*value);
                group.add(Group {
                    count: 0,
                    least: value,
                    most: value,
                    sum: value,
                });
            }
        }
        group.count = run.rows as u64;
        groups.add((user, (year as u32 * 100 + month) * 100 + day), group);
    }
}

/// A library: each chunk becomes an array of typed records.
fn library(path: &Path, parse: impl Fn(&mut [u8], &mut Grouping)) -> Digest {
    let (mut groups, mut digest) = (Grouping::new(), Digest::default());
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
    groups.finish(&mut digest);
    digest
}

fn sonic<'a, R: Record<'a>>(bytes: &'a mut [u8], groups: &mut Grouping) {
    let records: Vec<R> = sonic_rs::from_slice(bytes).expect("generated data is JSON");
    records
        .iter()
        .for_each(|record| groups.add_record(record.key_and_sum()));
}

fn simd<'a, R: Record<'a>>(bytes: &'a mut [u8], groups: &mut Grouping) {
    let records: Vec<R> = simd_json::from_slice(bytes).expect("generated data is JSON");
    records
        .iter()
        .for_each(|record| groups.add_record(record.key_and_sum()));
}

fn serde<'a, R: Record<'a>>(bytes: &'a mut [u8], groups: &mut Grouping) {
    let text = simdutf8::basic::from_utf8(bytes).expect("generated data is UTF-8");
    let records: Vec<R> = serde_json::from_str(text).expect("generated data is JSON");
    records
        .iter()
        .for_each(|record| groups.add_record(record.key_and_sum()));
}
