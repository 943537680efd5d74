//! Standard output, standard error, logs and the stop signal of a command.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use super::LogFormat;
use crate::error::Error;
use crate::pipeline::exit_code;

/// How a command talks to the person who runs it.
pub struct Terminal {
    /// No progress and no summary.
    pub quiet: bool,
    /// Whether standard error is a terminal, not a file or pipe, and lines are for people.
    pub interactive: bool,
    /// Set by Ctrl-C or SIGTERM, once a command listens.
    stop: OnceLock<Arc<AtomicBool>>,
}

impl Terminal {
    /// Starts logging to standard error.
    pub fn start(format: LogFormat, quiet: bool) -> Terminal {
        let interactive = std::io::stderr().is_terminal() && format == LogFormat::Text;
        let level = if quiet {
            tracing::Level::WARN
        } else {
            tracing::Level::INFO
        };
        let logs = tracing_subscriber::fmt()
            .with_writer(std::io::stderr)
            .with_max_level(level)
            .with_target(false);
        // A second start in the same process (in tests) keeps the first subscriber.
        let _ = match format {
            LogFormat::Json => logs.json().try_init(),
            LogFormat::Text => logs.with_ansi(interactive && wants_colour()).without_time().try_init(),
        };
        Terminal {
            quiet,
            interactive,
            stop: OnceLock::new(),
        }
    }

    /// What Ctrl-C or SIGTERM sets from now on. Commands that look at it have work to end properly; the others end at
    /// once.
    pub fn stop_signal(&self) -> Arc<AtomicBool> {
        Arc::clone(self.stop.get_or_init(listen_for_stop))
    }

    /// Writes to standard output. A reader that went away (`| head`) is no failure.
    pub fn print(&self, text: &str) -> Result<u8, Error> {
        let mut stdout = std::io::stdout().lock();
        let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
        match written {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Error::Output {
                path: "standard output".into(),
                source: error,
            }),
            _ => Ok(exit_code::OK),
        }
    }

    /// Tells something by the way, for people.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            tracing::info!("{text}");
        }
    }

    /// Tells why the command failed.
    pub fn error(&self, error: &Error) {
        tracing::error!("{error}");
    }
}

/// The agreement of no-color.org.
fn wants_colour() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

fn listen_for_stop() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let signal = Arc::clone(&stop);
    let listening = ctrlc::set_handler(move || {
        // The second signal does not wait.
        if signal.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(exit_code::INTERRUPTED));
        }
        tracing::warn!("stopping when what has begun is done; the same signal again ends at once, which is safe, too");
    });
    if let Err(error) = listening {
        tracing::warn!(%error, "Ctrl-C ends the program at once; the next run goes on all the same");
    }
    stop
}
