//! What was measured, as Markdown, CSV and a plot. The roofline: what a model must compute for the texts, without
//! padding, over the time, beside the most that any product of matrices reached on as many threads.

use std::fmt::Write as _;

use serde::Deserialize;

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

    /// One bar a row, as long as its texts a second.
    pub(crate) fn svg(&self) -> String {
        let speed = |row: &Row| {
            row.measured
                .as_ref()
                .map_or(0.0, |measured| row.texts_a_second(measured))
        };
        let most = self.rows.iter().map(speed).fold(1.0, f64::max);
        let height = 20 * self.rows.len() + 10;
        let mut text = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' width='900' height='{height}' font-family='sans-serif' \
             font-size='12'>\n"
        );
        for (at, row) in self.rows.iter().enumerate() {
            let (top, length) = (20 * at + 5, 480.0 * speed(row) / most);
            let color = if row.contender.starts_with("vitalvec") {
                "#1b7f5c"
            } else {
                "#9aa5b1"
            };
            let end = 330.0 + length;
            let _ = writeln!(
                text,
                "<text x='310' y='{}' text-anchor='end'>{}, {}, {} threads</text>\
                 <rect x='320' y='{top}' width='{length:.0}' height='15' fill='{color}'/>\
                 <text x='{end:.0}' y='{}'>{:.0} texts/s</text>",
                top + 12,
                row.contender,
                row.input,
                row.threads,
                top + 12,
                speed(row)
            );
        }
        text + "</svg>\n"
    }
}
