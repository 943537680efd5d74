//! What was measured, as Markdown, CSV and a plot.

use std::fmt::Write as _;

use vitalvec::plot::{self, Bar, Group};

/// A contender on an input.
pub(crate) struct Row {
    pub(crate) input: String,
    pub(crate) bytes: u64,
    pub(crate) contender: String,
    pub(crate) threads: usize,
    pub(crate) wall_seconds: f64,
    pub(crate) cpu_seconds: f64,
    pub(crate) rss_bytes: f64,
    /// Why it could not be measured.
    pub(crate) failure: Option<String>,
}

impl Row {
    fn name(&self) -> String {
        format!(
            "{}, {} thread{}",
            self.contender,
            self.threads,
            if self.threads == 1 { "" } else { "s" }
        )
    }

    fn gigabytes_a_second(&self) -> f64 {
        self.bytes as f64 / 1e9 / self.wall_seconds
    }
}

fn megabytes(bytes: f64) -> String {
    if bytes.is_nan() {
        return "not measured".to_string();
    }
    format!("{:.0}", bytes / 1e6)
}

/// All rows, those of one input next to each other.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

impl Table {
    pub(crate) fn push(&mut self, row: Row) {
        self.rows.push(row);
    }

    pub(crate) fn markdown(&self) -> String {
        let mut text = "| input | MB | contender | wall s | CPU s | GB/s | of the first | peak MB |\n".to_string();
        text += "|---|---|---|---|---|---|---|---|\n";
        for rows in self.inputs() {
            for row in rows {
                let start = format!("| {} | {:.0} | {} |", row.input, row.bytes as f64 / 1e6, row.name());
                let _ = match &row.failure {
                    Some(failure) => writeln!(text, "{start} failed: {failure} | | | | |"),
                    None => writeln!(
                        text,
                        "{start} {:.3} | {:.3} | {:.2} | {:.0} % | {} |",
                        row.wall_seconds,
                        row.cpu_seconds,
                        row.gigabytes_a_second(),
                        100.0 * rows[0].wall_seconds / row.wall_seconds,
                        megabytes(row.rss_bytes),
                    ),
                };
            }
        }
        text
    }

    pub(crate) fn csv(&self) -> String {
        let mut text = "input,bytes,contender,threads,wall_seconds,cpu_seconds,peak_rss_bytes,failure\n".to_string();
        for row in &self.rows {
            let _ = writeln!(
                text,
                "{},{},{},{},{:.4},{:.4},{:.0},{}",
                row.input,
                row.bytes,
                row.contender,
                row.threads,
                row.wall_seconds,
                row.cpu_seconds,
                row.rss_bytes,
                row.failure.as_deref().unwrap_or_default().replace(',', ";"),
            );
        }
        text
    }

    /// Bars of gigabytes a second, input by input.
    pub(crate) fn svg(&self) -> String {
        let bar = |row: &Row| Bar {
            name: row.name(),
            value: row.gigabytes_a_second(),
            label: format!("{:.2}", row.gigabytes_a_second()),
            interval: None,
            ours: row.contender.starts_with("vitalvec"),
        };
        let group = |rows: &[Row]| Group {
            title: format!("{}: GB/s", rows[0].input),
            bars: rows.iter().filter(|row| row.failure.is_none()).map(bar).collect(),
        };
        plot::svg(&self.inputs().map(group).collect::<Vec<_>>(), None)
    }

    fn inputs(&self) -> impl Iterator<Item = &[Row]> {
        self.rows.chunk_by(|one, next| one.input == next.input)
    }
}
