//! What was measured, as Markdown, CSV and a plot. The roofline: what a model must compute for the texts, without
//! padding, over the time, beside the most that any product of matrices reached on as many threads.

use std::fmt::Write as _;

use serde::Deserialize;
use vitalvec::plot::{self, Bar, Group};

/// The most that products of matrices reached, in GFLOP/s.
#[derive(Clone, Copy, Deserialize)]
pub(crate) struct Peak {
    f32: f64,
    bf16: f64,
}

/// A contender on an input.
pub(crate) struct Row {
    pub(crate) input: &'static str,
    pub(crate) contender: String,
    pub(crate) threads: usize,
    pub(crate) texts: usize,
    pub(crate) tokens: u64,
    pub(crate) flop: f64,
    pub(crate) peak: Peak,
    /// Or why it could not be.
    pub(crate) measured: Result<Measured, String>,
}

/// How fast and how near the reference it was.
pub(crate) struct Measured {
    pub(crate) version: String,
    pub(crate) seconds: f64,
    pub(crate) cpu_seconds: f64,
    /// The least of all texts.
    pub(crate) cosine: f64,
}

impl Row {
    fn peak(&self) -> f64 {
        if self.contender.ends_with("bf16") {
            self.peak.bf16
        } else {
            self.peak.f32
        }
    }

    fn texts_a_second(&self, measured: &Measured) -> f64 {
        self.texts as f64 / measured.seconds
    }

    fn gflops(&self, measured: &Measured) -> f64 {
        self.flop / measured.seconds / 1e9
    }
}

/// All rows.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

impl Table {
    pub(crate) fn push(&mut self, row: Row) {
        self.rows.push(row);
    }

    pub(crate) fn markdown(&self) -> String {
        let mut text = "| input | tokens a text | MFLOP a token | threads | contender | texts/s | CPU s / wall s | \
                        GFLOP/s | of the GEMM peak | cosine | version |\n|---|---|---|---|---|---|---|---|---|---|---|\n"
            .to_string();
        for row in &self.rows {
            let tokens = row.tokens as f64;
            let start = format!(
                "| {} | {:.1} | {:.1} | {} | {} |",
                row.input,
                tokens / row.texts as f64,
                row.flop / tokens / 1e6,
                row.threads,
                row.contender
            );
            let _ = match &row.measured {
                Err(problem) => writeln!(text, "{start} not measured: {problem} | | | | | |"),
                Ok(measured) => writeln!(
                    text,
                    "{start} {:.1} | {:.2} | {:.0} | {:.0} % of {:.0} | {:.8} | {} |",
                    row.texts_a_second(measured),
                    measured.cpu_seconds / measured.seconds,
                    row.gflops(measured),
                    100.0 * row.gflops(measured) / row.peak(),
                    row.peak(),
                    measured.cosine,
                    measured.version,
                ),
            };
        }
        text
    }

    pub(crate) fn csv(&self) -> String {
        let mut text =
            "input,threads,contender,texts,tokens,flop,peak_gflops,seconds,cpu_seconds,cosine,problem\n".to_string();
        for row in &self.rows {
            let (numbers, problem) = match &row.measured {
                Ok(measured) => {
                    let Measured {
                        seconds,
                        cpu_seconds,
                        cosine,
                        ..
                    } = measured;
                    (format!("{seconds},{cpu_seconds},{cosine}"), String::new())
                }
                Err(problem) => (",,".to_string(), problem.replace(['"', ','], " ")),
            };
            let Row {
                input,
                threads,
                contender,
                texts,
                tokens,
                flop,
                ..
            } = row;
            let peak = row.peak();
            let _ = writeln!(
                text,
                "{input},{threads},{contender},{texts},{tokens},{flop},{peak},{numbers},{problem}"
            );
        }
        text
    }

    /// Bars of texts a second, for each input and number of threads.
    pub(crate) fn svg(&self) -> String {
        let bar = |row: &Row| {
            let speed = row.texts_a_second(row.measured.as_ref().ok()?);
            Some(Bar {
                name: row.contender.clone(),
                value: speed,
                label: format!("{speed:.0}"),
                interval: None,
                ours: row.contender.starts_with("vitalvec"),
            })
        };
        let group = |rows: &[Row]| Group {
            title: format!("{}, {} threads: texts/s", rows[0].input, rows[0].threads),
            bars: rows.iter().filter_map(bar).collect(),
        };
        let runs = self
            .rows
            .chunk_by(|one, next| (one.input, one.threads) == (next.input, next.threads));
        plot::svg(&runs.map(group).collect::<Vec<_>>(), None)
    }
}
