//! Shows the counters of a run: a bar with rate and time left on a terminal, a line now and then elsewhere.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::Scope;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::report::{duration, grouped, size};
use crate::stats::{Stats, get};

/// Between two looks at the counters, on a terminal.
const REDRAW: Duration = Duration::from_millis(200);
/// Between two lines, elsewhere.
const LINE: Duration = Duration::from_secs(10);

/// Progress until it is dropped.
pub struct Progress {
    _end: Sender<()>,
}

impl Progress {
    /// Starts to show `stats`.
    pub fn start<'scope>(scope: &'scope Scope<'scope, '_>, stats: &'scope Stats, interactive: bool) -> Progress {
        let (end, ended) = channel::<()>();
        let interval = if interactive { REDRAW } else { LINE };
        scope.spawn(move || {
            let bar = interactive.then(bar);
            let start = Instant::now();
            while ended.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                let shown = Snapshot::of(stats, start);
                match &bar {
                    Some(bar) => shown.draw(bar),
                    None => shown.log(),
                }
            }
            if let Some(bar) = bar {
                bar.finish_and_clear();
            }
        });
        Progress { _end: end }
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::new(1);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent}%  {msg}") {
        bar.set_style(style);
    }
    bar
}

/// Where a run stands.
struct Snapshot {
    done: u64,
    all: u64,
    what: String,
    elapsed: Duration,
}

impl Snapshot {
    /// Reading counts bytes; publishing counts the records whose day is finished, because their number is known.
    fn of(stats: &Stats, start: Instant) -> Snapshot {
        let publishing_since = stats.publishing_since.get();
        let elapsed = publishing_since.unwrap_or(&start).elapsed();
        let (parsed, records) = (get(&stats.parsed_bytes), get(&stats.records));
        let published = get(&stats.published_records);
        let days = get(&stats.days);
        let seconds = elapsed.as_secs_f64().max(0.001);
        if publishing_since.is_none() {
            let rejected = get(&stats.rejected);
            let rate = size((parsed as f64 / seconds) as u64);
            let what = format!(
                "read {} records, {} rejected, {rate}/s",
                grouped(records),
                grouped(rejected)
            );
            return Snapshot {
                done: get(&stats.input_bytes_parsed),
                all: get(&stats.input_bytes),
                what,
                elapsed,
            };
        }
        let what = format!("stored {} days, {:.0} days/s", grouped(days), days as f64 / seconds);
        Snapshot {
            done: published,
            all: records,
            what,
            elapsed,
        }
    }

    fn left(&self) -> String {
        if self.done == 0 || self.done >= self.all {
            return String::new();
        }
        let left = self.elapsed.as_secs_f64() * (self.all - self.done) as f64 / self.done as f64;
        format!(", {} left", duration(left))
    }

    fn draw(&self, bar: &ProgressBar) {
        bar.set_length(self.all.max(1));
        bar.set_position(self.done.min(self.all));
        bar.set_message(format!("{}{}", self.what, self.left()));
    }

    fn log(&self) {
        tracing::info!(done = self.done, all = self.all, "{}{}", self.what, self.left());
    }
}
