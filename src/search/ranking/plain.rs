//! The same answers, plainly: every day of the store is read, judged and sorted, and nothing is left out early. What
//! comes in: the file of an SQLite store and a request; what goes out: the answer that [`search`](super::search) must
//! give. Tests and benchmarks hold the search against it; it is too slow for anything else.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags, Row, params_from_iter};

use crate::day::{Day, Property};
use crate::record::Date;
use crate::search::answer::Answer;
use crate::search::question::Understanding;
use crate::search::stores::sql::value;
use crate::search::stores::{DayKey, Scope, StoreError};
use crate::search::{Embed, Request, SearchError, SqliteStore};

use super::{Prepared, prepare};

/// Answers a question from the store at `path`.
pub fn search_plainly(path: &Path, embed: &dyn Embed, request: &Request) -> Result<Answer, SearchError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
    let failed = |source| {
        let path = path.to_path_buf();
        SearchError::Store(StoreError::Sqlite { path, source })
    };
    let store = SqliteStore::open(path)?;
    let prepared = prepare(&store, embed, request)?;
    let question = prepared.question_vector(embed)?;
    let plain = Plain {
        connection: &connection.map_err(failed)?,
        prepared: &prepared,
        question: question.as_deref(),
        k: request.k,
    };
    let ranked = plain.ranked().map_err(failed)?;
    prepared.answer(&store, ranked)
}

struct Plain<'a> {
    connection: &'a Connection,
    prepared: &'a Prepared,
    question: Option<&'a [f32]>,
    k: usize,
}

/// A day in scope that meets every clause.
struct Met {
    key: DayKey,
    /// In hundredths.
    grade: i64,
    /// What the order compares.
    value: Option<i64>,
    /// `None` without a question or without a vector.
    likeness: Option<f32>,
}

impl Plain<'_> {
    fn ranked(&self) -> rusqlite::Result<Vec<(DayKey, f64)>> {
        let Prepared { understanding, .. } = self.prepared;
        if understanding.is_empty() && !understanding.is_only_scope() {
            return self.by_likeness();
        }
        let mut met = self.met()?;
        let scored: Vec<(DayKey, f64)> = if let Some(order) = &understanding.order {
            met.retain(|day| day.value.is_some());
            let signed = |day: &Met| {
                day.value
                    .map_or(0, |value| if order.descending { value } else { -value })
            };
            met.sort_by_key(|day| {
                let then = (Reverse(day.grade), Reverse(day.key.date), day.key.clone());
                (Reverse(signed(day)), then)
            });
            met.drain(..order.skip.min(met.len()));
            met.truncate(order.count.unwrap_or(self.k));
            let score = |day: Met| (signed(&day) as f64 / 1000.0, day.key);
            met.into_iter().map(score).map(|(score, key)| (key, score)).collect()
        } else if understanding.is_empty() {
            met.sort_by_key(|day| (Reverse(day.key.date), day.key.clone()));
            let count = met.len().min(self.k) as f64;
            let score = |(rank, day): (usize, Met)| (day.key, 1.0 - rank as f64 / count);
            met.into_iter().enumerate().map(score).take(self.k).collect()
        } else {
            met.sort_by(|a, b| {
                let likeness = |day: &Met| day.likeness.unwrap_or(f32::NEG_INFINITY);
                let by_grade = b.grade.cmp(&a.grade);
                let by_likeness = likeness(b).total_cmp(&likeness(a));
                by_grade.then(by_likeness).then_with(|| a.key.cmp(&b.key))
            });
            let score = |day: Met| {
                let likeness = day.likeness.unwrap_or(0.0).clamp(0.0, 0.999);
                (day.key, day.grade as f64 / 100.0 + f64::from(likeness) / 100.0)
            };
            met.into_iter().map(score).take(self.k).collect()
        };
        Ok(scored.into_iter().take(self.k).collect())
    }

    /// Every day of the scope that meets every clause.
    fn met(&self) -> rusqlite::Result<Vec<Met>> {
        let Understanding { clauses, order, .. } = &self.prepared.understanding;
        let of_clauses = clauses.iter().flat_map(|clause| &clause.any);
        let of_order = order.iter().flat_map(|order| order.key.properties());
        let properties = of_clauses.flat_map(|condition| condition.properties()).chain(of_order);
        let properties: Vec<Property> = properties.collect();
        let mut met = Vec::new();
        self.each_user(&properties, &mut |user_id, days| {
            for (date, (day, likeness)) in days {
                let key = DayKey {
                    user_id: Arc::clone(user_id),
                    date: *date,
                };
                let grade = clauses.iter().map(|clause| {
                    let spoken_of = days.get(&date.plus(clause.offset));
                    clause.grade(spoken_of.map(|(day, _)| day))
                });
                if let Some(grade) = grade.sum::<Option<i64>>().filter(|_| self.in_scope(&key)) {
                    met.push(Met {
                        key,
                        grade: grade / 10,
                        value: order.as_ref().and_then(|order| order.key.value(day)),
                        likeness: *likeness,
                    });
                }
            }
        })?;
        Ok(met)
    }

    fn in_scope(&self, key: &DayKey) -> bool {
        let Scope { whose, window } = &self.prepared.scope;
        whose.holds(&key.user_id) && window.holds(key.date)
    }

    /// All days of each user in scope, with their likeness to the question.
    fn each_user(&self, properties: &[Property], each: &mut dyn FnMut(&Arc<str>, &UserDays)) -> rusqlite::Result<()> {
        let names: String = properties
            .iter()
            .map(|property| format!(", {}", property.name()))
            .collect();
        let sql = format!(
            "SELECT user_id, date, records, vector{names} FROM days LEFT JOIN vectors ON vectors.day = days.day \
             WHERE {} ORDER BY days.day",
            self.prepared
                .scope
                .whose
                .only()
                .map_or("true".to_string(), |users| format!(
                    "user_id IN ({})",
                    vec!["?"; users.len()].join(", ")
                ))
        );
        let mut query = self.connection.prepare(&sql)?;
        let only = self.prepared.scope.whose.only().unwrap_or_default();
        let mut rows = query.query(params_from_iter(only.iter().map(|user_id| &**user_id)))?;
        let (mut user_id, mut days): (Arc<str>, UserDays) = ("".into(), UserDays::new());
        while let Some(row) = rows.next()? {
            let next = row.get_ref(0)?.as_str()?;
            if *next != *user_id {
                each(&user_id, &days);
                (user_id, days) = (next.into(), UserDays::new());
            }
            let (date, day) = self.day(row, &user_id, properties)?;
            days.insert(date, day);
        }
        each(&user_id, &days);
        Ok(())
    }

    fn day(
        &self,
        row: &Row<'_>,
        user_id: &Arc<str>,
        properties: &[Property],
    ) -> rusqlite::Result<(Date, (Day, Option<f32>))> {
        let date = row.get_ref(1)?.as_str()?.parse().unwrap_or(Date::from_days(0));
        let mut day = Day::new(Arc::clone(user_id), date);
        day.records = row.get(2)?;
        for (index, property) in properties.iter().enumerate() {
            if let Some(value) = value(row.get_ref(4 + index)?, *property) {
                day.set(*property, value);
            }
        }
        let vector = row.get_ref(3)?.as_blob_or_null()?;
        let likeness = self
            .question
            .zip(vector)
            .and_then(|(question, vector)| likeness(question, vector));
        Ok((date, (day, likeness)))
    }

    /// Reciprocal rank fusion of the hundred likest days and the hundred that have most of the words.
    fn by_likeness(&self) -> rusqlite::Result<Vec<(DayKey, f64)>> {
        let depth = self.k.max(100);
        let mut likest: Vec<(f32, DayKey)> = Vec::new();
        self.each_user(&[], &mut |user_id, days| {
            for (date, (_, likeness)) in days {
                let key = DayKey {
                    user_id: Arc::clone(user_id),
                    date: *date,
                };
                likest.extend(likeness.filter(|_| self.in_scope(&key)).map(|likeness| (likeness, key)));
            }
        })?;
        likest.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let likest = likest.into_iter().map(|(_, key)| key).take(depth);
        let mut scores: BTreeMap<DayKey, f64> = BTreeMap::new();
        let ranks = likest.enumerate().chain(self.by_words(depth)?.into_iter().enumerate());
        ranks.for_each(|(rank, key)| *scores.entry(key).or_default() += 1.0 / (61.0 + rank as f64));
        let mut scores: Vec<(DayKey, f64)> = scores.into_iter().collect();
        scores.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        scores.truncate(self.k);
        Ok(scores)
    }

    fn by_words(&self, depth: usize) -> rusqlite::Result<Vec<DayKey>> {
        let words = &self.prepared.understanding.content;
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let quoted: Vec<String> = words
            .iter()
            .map(|word| format!("\"{}\"", word.replace('"', "")))
            .collect();
        let sql =
            "SELECT user_id, date FROM words JOIN days ON days.day = words.rowid WHERE words MATCH ? ORDER BY rank";
        let mut query = self.connection.prepare(sql)?;
        let mut rows = query.query([quoted.join(" OR ")])?;
        let mut keys = Vec::new();
        while let Some(row) = rows.next()? {
            let key = DayKey {
                user_id: row.get_ref(0)?.as_str()?.into(),
                date: row.get_ref(1)?.as_str()?.parse().unwrap_or(Date::from_days(0)),
            };
            keys.extend(Some(key).filter(|key| self.in_scope(key)));
        }
        keys.truncate(depth);
        Ok(keys)
    }
}

/// The days of a user and their likeness to the question.
type UserDays = BTreeMap<Date, (Day, Option<f32>)>;

/// The cosine as every store computes it: the sum of eight sums, of every eighth product each, and of the products that
/// are left. The order decides the last bit.
fn likeness(question: &[f32], vector: &[u8]) -> Option<f32> {
    let numbers = vector.chunks(4).map(|bytes| bytes.try_into().map(f32::from_le_bytes));
    let numbers: Vec<f32> = numbers.collect::<Result<_, _>>().ok()?;
    if numbers.len() != question.len() {
        return None;
    }
    let products: Vec<f32> = question.iter().zip(&numbers).map(|(a, b)| a * b).collect();
    let (whole, rest) = products.split_at(products.len() / 8 * 8);
    let every_eighth = (0..8).map(|first| whole.iter().skip(first).step_by(8).sum::<f32>());
    Some(every_eighth.sum::<f32>() + rest.iter().sum::<f32>())
}

#[cfg(test)]
mod tests {
    use crate::search::question::tests::questions::QUESTIONS;
    use crate::search::question::tests::sessions::QUESTIONS as OF_SESSIONS;
    use crate::search::shelf::{Letters, Shelf, crowd, planted};
    use crate::search::{Given, search};

    use super::*;

    fn request(question: &str, user: Option<&str>, k: usize) -> Request {
        Request {
            question: question.to_string(),
            user: user.map(str::to_string),
            from: None,
            until: None,
            today: None,
            k,
            given: Given::default(),
        }
    }

    /// Every question, of all and of one, has the plain answer.
    fn compare(path: &Path, user: &str) {
        let store = SqliteStore::open(path).unwrap();
        let json = |answer: Answer| serde_json::to_string(&answer).unwrap();
        let more = [
            "in August",
            "weekends",
            "yesterday",
            "swimming or yoga",
            "no snack",
            "my latest bedtime",
            "not in August",
            "swimming or yoga, but not from August 12 to August 25",
        ];
        let of_users = [
            format!("{user}, zebra crossing"),
            format!("nights {user} slept well"),
            format!("zebra crossing, not {user}"),
            format!("slept well, not {user}"),
            format!("most steps, not {user}"),
            format!("everyone but {user} in August"),
        ];
        let of_users = of_users.iter().map(String::as_str);
        let questions = QUESTIONS.iter().chain(OF_SESSIONS).map(|(question, _)| *question);
        let questions = questions.chain(more);
        for question in questions.chain(of_users) {
            for (user, k) in [(None, 3), (None, 70), (Some(user), 10)] {
                let request = request(question, user, k);
                let fast = json(search(&store, &Letters, &request).unwrap());
                let plain = json(search_plainly(path, &Letters, &request).unwrap());
                assert_eq!(fast, plain, "{question}, {user:?}, {k}");
            }
        }
    }

    fn forget(path: &Path, users: &str) {
        let connection = Connection::open(path).unwrap();
        let sql = format!("DELETE FROM packed_users WHERE {users}");
        connection.execute(&sql, []).unwrap();
    }

    /// Packed, in part and not at all.
    fn of_shelf(shelf: &Shelf, user: &str) {
        let folder = tempfile::tempdir().unwrap();
        let path = shelf.packed(&folder);
        for unpacked in ["false", "user % 2 = 0", "true"] {
            forget(&path, unpacked);
            compare(&path, user);
        }
    }

    #[test]
    fn the_search_answers_as_plainly_judging_every_day_does() {
        of_shelf(&planted(), "user_000001");
    }

    #[test]
    fn so_it_does_where_threads_share_the_users() {
        let (shelf, folder) = (crowd(80), tempfile::tempdir().unwrap());
        let path = shelf.packed(&folder);
        forget(&path, "user % 5 = 0");
        compare(&path, "user_000037");
    }

    #[test]
    fn so_it_does_without_vectors() {
        let shelf = planted();
        shelf.connection.execute("DELETE FROM vectors", []).unwrap();
        of_shelf(&shelf, "user_000001");
        shelf.connection.execute("DELETE FROM meta", []).unwrap();
        of_shelf(&shelf, "user_000001");
    }
}
