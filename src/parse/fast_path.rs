//! Which templates there are, and when they are tried.
//!
//! In: records, one after the other. Out: rows of those that a template reads. Files mostly have one layout, or a few
//! where fields are optional, so a few templates are kept, the last one that read a record first. How often to try
//! and to learn is decided by what it saved so far (`effort.rs`).

use super::Form;
use super::effort::Effort;
use super::simd::Instructions;
use super::template::{Destination, Layout, Run, RunEnd, Template};

/// Layouts known at a time.
const MOST_TEMPLATES: usize = 4;

/// Reads records by templates.
pub(super) struct FastPath {
    instructions: Instructions,
    effort: Effort,
    /// The last one that read a record first.
    templates: Vec<Template>,
    strict_in_a_row: u32,
}

impl FastPath {
    pub(super) fn new(instructions: Instructions) -> FastPath {
        FastPath {
            instructions,
            effort: Effort::default(),
            templates: Vec::new(),
            strict_in_a_row: 0,
        }
    }

    /// Whether there is anything to try.
    #[inline]
    pub(super) fn has_templates(&self) -> bool {
        !self.templates.is_empty()
    }

    /// Reads the records from `start` on as long as one of the templates does.
    pub(super) fn read_alike(&mut self, bytes: &[u8], start: usize, form: Form, into: &mut Destination<'_>) -> RunEnd {
        if self.templates.first().is_some_and(|template| template.form() != form) {
            self.templates.clear();
        }
        let mut all = RunEnd::nothing(start);
        let mut index = 0;
        while index < self.templates.len() && self.effort.may_try() {
            let run = Run {
                bytes,
                start: all.at,
                template: &mut self.templates[index],
                into,
            };
            let end = self.instructions.run(run);
            all = RunEnd {
                records: all.records + end.records,
                ..end
            };
            self.effort.fast_records(end.records);
            if !end.at_record {
                break;
            }
            self.effort.failed_try();
            if end.records > 0 {
                self.templates[..=index].rotate_right(1);
                index = 1;
            } else {
                index += 1;
            }
        }
        if all.records > 0 {
            self.strict_in_a_row = 0;
        }
        all
    }

    /// A good record had to be read strictly; perhaps `learn` from it.
    pub(super) fn read_strictly(&mut self, learn: impl FnOnce() -> Option<Layout>) {
        self.effort.strict_record();
        self.strict_in_a_row += 1;
        if !self.effort.may_try() {
            // They do not pay off; without them the credit grows until something new can be learned.
            self.templates.clear();
        }
        // One record apart from the others is no reason to learn.
        if self.strict_in_a_row == 1 && !self.templates.is_empty() || !self.effort.may_learn() {
            return;
        }
        self.effort.learned();
        if let Some(layout) = learn() {
            self.templates.truncate(MOST_TEMPLATES - 1);
            self.templates.insert(0, Template::new(layout));
        }
    }
}
