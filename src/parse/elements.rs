//! Between the records: commas, brackets and damage; one reading of a chunk from its first byte to its last.

use super::containers::Containers;
use super::reject::{ChunkReject, Reason, Refusal, excerpt};
use super::resync::{Border, Damage, NARROW_BYTES, WIDE_BYTES, line_indent, next_twin};
use super::rows::RowReader;
use super::skip::Skip;
use super::strict::{Fault, FaultKind, read_value, skip_spaces};
use super::tokens::{Behind, Window, next_token_border, string_end_in_line};
use super::{ChunkEnd, ChunkInput, ChunkOutput, Ended, Expecting, Form};

/// A chunk of nothing but damage may hold a reject every other byte, each of which takes a hundred times that: so many at
/// a time are about 15 MB.
const MOST_REJECTS: usize = 1 << 16;

/// Parses a chunk into the reader's columns, or as much of it as makes [`MOST_REJECTS`].
pub fn parse_chunk(input: &ChunkInput<'_>, reader: &mut RowReader) -> ChunkOutput {
    let mut elements = Elements {
        input,
        at: 0,
        expecting: input.expecting,
        output: reader.new_output(),
        reader,
        stopped: None,
        search_failed: false,
    };
    while elements.stopped.is_none() {
        if elements.output.rejects.len() >= MOST_REJECTS {
            elements.stopped = Some(Ended::Full(elements.at, elements.expecting));
            break;
        }
        elements.step();
    }
    let mut output = elements.output;
    output.ended = elements.stopped.unwrap_or_default();
    output
}

struct Elements<'a, 'r> {
    input: &'a ChunkInput<'a>,
    at: usize,
    expecting: Expecting,
    output: ChunkOutput,
    reader: &'r mut RowReader,
    stopped: Option<Ended>,
    /// The search for the end of a damaged record found nothing, and no good record came since.
    search_failed: bool,
}

impl Elements<'_, '_> {
    /// Takes the next token between records.
    fn step(&mut self) {
        if let Expecting::RestOfRecord(skip) = self.expecting {
            return self.rest_of_record(skip);
        }
        self.at = skip_spaces(self.input.bytes, self.at);
        let Some(&byte) = self.input.bytes.get(self.at) else {
            self.stopped = Some(Ended::Between(self.expecting));
            return;
        };
        if self.expecting == Expecting::Nothing {
            self.after_the_end(byte);
            return;
        }
        match (byte, self.input.form) {
            (b'{', _) => self.record(),
            (b',', Form::Array) => self.comma(),
            (b',', Form::Lines) => self.stray_commas("NDJSON has no commas between records; remove it"),
            (b']', Form::Array) => self.closing_bracket(),
            _ => self.other(),
        }
    }

    fn record(&mut self) {
        let mut settled_rejects = self.output.rejects.len();
        if self.expecting == Expecting::CommaOrEnd {
            let detail = "a comma is missing before this record; add it";
            self.reject_place(self.at + 1, Reason::MissingComma, detail);
        }
        let records_before = self.output.records;
        if self.records_alike() {
            return;
        }
        if self.output.records > records_before {
            settled_rejects = self.output.rejects.len();
        }
        let (start, form) = (self.at, self.input.form);
        match self.reader.read(self.input.bytes, start, form, &mut self.output) {
            Ok(end) => {
                self.at = end;
                self.output.records += 1;
                self.expecting = self.after_a_record();
                self.search_failed = false;
            }
            Err(fault) => self.damaged_record(start, &fault),
        }
        if matches!(self.stopped, Some(Ended::Inside(..))) {
            // It will be read again, with the bytes of the next chunk.
            self.output.rejects.truncate(settled_rejects);
        }
    }

    /// Passes the records that are laid out like those before; whether it came to stand behind one.
    fn records_alike(&mut self) -> bool {
        let rows = &mut self.output.rows;
        let end = self.reader.read_alike(self.input.bytes, self.at, self.input.form, rows);
        self.at = end.at;
        self.output.records += end.records;
        if end.at_record && end.records > 0 {
            self.expecting = self.settled(Expecting::Record);
        }
        if !end.at_record {
            self.expecting = self.after_a_record();
        }
        !end.at_record
    }

    fn after_a_record(&self) -> Expecting {
        match self.input.form {
            Form::Array => self.settled(Expecting::CommaOrEnd),
            Form::Lines => Expecting::Record,
        }
    }

    /// Behind the end of the array nothing is expected any more.
    fn settled(&self, expecting: Expecting) -> Expecting {
        if self.expecting == Expecting::Afterwards {
            return Expecting::Afterwards;
        }
        expecting
    }

    fn damaged_record(&mut self, start: usize, fault: &Fault) {
        let bytes = self.input.bytes;
        let end = self.end_for_this_element();
        let indent = line_indent(bytes, start, self.input.opens_a_line);
        let runs_out = fault.kind == FaultKind::Truncated;
        let border = self.border(&Damage {
            start,
            fault,
            // One that lost its brace begins anywhere.
            line_indent: indent.filter(|_| bytes[start] == b'{' || self.input.form == Form::Lines),
            form: self.input.form,
            window_bytes: if self.search_failed { NARROW_BYTES } else { WIDE_BYTES },
            at_the_end: end != ChunkEnd::More,
        });
        if (runs_out || border.is_none()) && end == ChunkEnd::More {
            self.stopped = Some(Ended::Inside(start - indent.unwrap_or(0), self.expecting));
            return;
        }
        let cut_by_the_end = runs_out && border.is_none() && end != ChunkEnd::Overlong;
        let goes_on_at = border.map_or(bytes.len(), |(at, _)| at);
        if !(cut_by_the_end && end == ChunkEnd::Broken) {
            let refusal = match end {
                ChunkEnd::Overlong if runs_out => {
                    Refusal::new(Reason::TooLong, "the record is longer than 64 MiB; split it")
                }
                _ if runs_out && !cut_by_the_end => {
                    Refusal::new(Reason::Syntax, "a bracket of this record is never closed; close it")
                }
                _ => Refusal::of_fault(fault.kind, fault.at - start),
            };
            self.push_reject(start, goes_on_at, refusal);
            self.output.records += 1;
        }
        if border.is_none() && !cut_by_the_end {
            self.at = start;
            return self.rest_of_record(Skip::default());
        }
        self.at = goes_on_at;
        self.expecting = border.map_or(Expecting::Nothing, |(_, expecting)| expecting);
    }

    /// Passes what is left of a record that was refused.
    fn rest_of_record(&mut self, mut skip: Skip) {
        match skip.pass(&self.input.bytes[self.at..], self.input.form) {
            Some(length) => {
                self.at += length;
                self.expecting = self.after_a_record();
            }
            None => self.stopped = Some(Ended::Between(Expecting::RestOfRecord(skip))),
        }
    }

    /// Where reading goes on after a damaged record, and what is expected there.
    fn border(&mut self, damage: &Damage<'_>) -> Option<(usize, Expecting)> {
        let bytes = self.input.bytes;
        let border = damage.border(bytes);
        self.search_failed = matches!(border, Border::NotNear | Border::NotYet);
        let anything = self.settled(Expecting::Anything);
        let at_twin = || Some((next_twin(bytes, damage.start)?, anything));
        match border {
            Border::At(at) => Some((at, anything)),
            Border::Behind(at) => Some((at, self.after_a_record())),
            Border::NotNear => at_twin(),
            Border::NotYet if damage.is_told_by_lines(bytes) => None,
            // A file that is cut ends in its last record; in one that is whole a bracket may never be closed.
            Border::NotYet => match self.end_for_this_element() {
                ChunkEnd::More | ChunkEnd::Broken => None,
                ChunkEnd::File if !bytes.trim_ascii_end().ends_with(b"]") => None,
                ChunkEnd::File | ChunkEnd::Overlong => at_twin(),
            },
        }
    }

    /// Only the first element of a chunk can be overlong: the bytes before it were not enough already.
    fn end_for_this_element(&self) -> ChunkEnd {
        let is_first = self.output.records == 0 && self.output.rejects.is_empty();
        if self.input.end == ChunkEnd::Overlong && !is_first {
            ChunkEnd::More
        } else {
            self.input.end
        }
    }

    fn comma(&mut self) {
        match self.expecting {
            Expecting::CommaOrEnd | Expecting::Anything | Expecting::Afterwards => {
                self.at += 1;
                self.expecting = self.settled(Expecting::Record);
            }
            _ => self.stray_commas("there is a comma too many; remove it"),
        }
    }

    /// One reject for all the commas in a row.
    fn stray_commas(&mut self, detail: &'static str) {
        let mut end = self.at;
        while self.input.bytes.get(end) == Some(&b',') {
            end = skip_spaces(self.input.bytes, end + 1);
        }
        self.reject_place(self.at + 1, Reason::ExtraComma, detail);
        self.at = end;
        self.expecting = match self.input.form {
            Form::Array => self.settled(Expecting::Anything),
            Form::Lines => Expecting::Record,
        };
    }

    fn closing_bracket(&mut self) {
        if self.expecting == Expecting::Record {
            let detail = "there is a comma before the closing bracket; remove it";
            self.reject_place(self.at + 1, Reason::ExtraComma, detail);
        }
        self.at += 1;
        self.expecting = Expecting::Nothing;
    }

    /// Neither record nor comma nor bracket: a JSON value that is no object, or text that is no JSON.
    fn other(&mut self) {
        let (bytes, start) = (self.input.bytes, self.at);
        match read_value(bytes, start) {
            Ok(end) if bytes[start] == b'"' && bytes.get(skip_spaces(bytes, end)) == Some(&b':') => {
                self.record_without_its_brace(start);
            }
            Ok(end) => self.no_object(start, end),
            Err(fault) if fault.kind == FaultKind::Truncated => self.value_to_the_end(start),
            Err(fault) => self.damaged_value(start, &fault),
        }
    }

    /// A value that is no object.
    fn no_object(&mut self, start: usize, end: usize) {
        let detail = "a record is an object in braces; remove this value";
        self.push_reject(start, end, Refusal::new(Reason::NotAnObject, detail));
        self.output.records += 1;
        self.at = end;
        self.expecting = self.after_a_record();
    }

    /// A key and its colon: a record lost its opening brace.
    fn record_without_its_brace(&mut self, start: usize) {
        let mut open = Containers::default();
        open.open(true);
        let fault = Fault {
            kind: FaultKind::Expected("`{`"),
            at: start,
            token_at: start,
            open,
        };
        self.damaged_record(start, &fault);
    }

    /// An array or a string that is no JSON ends where its brackets balance, or its quote closes.
    fn damaged_value(&mut self, start: usize, fault: &Fault) {
        let (bytes, end) = (self.input.bytes, self.end_for_this_element());
        let border = match (bytes[start], self.input.form) {
            (b'[', Form::Array) => {
                let behind = if end == ChunkEnd::More {
                    Behind::More
                } else {
                    Behind::Nothing
                };
                next_token_border(Window { bytes, behind }, fault.token_at, fault.open)
            }
            (b'"', Form::Array) => {
                let quote = string_end_in_line(bytes, start);
                (quote < bytes.len()).then_some(Border::Behind(quote + 1))
            }
            _ => return self.unexpected_text(),
        };
        match border {
            Some(Border::Behind(border)) => self.no_object(start, border),
            None if end == ChunkEnd::More => self.stopped = Some(Ended::Inside(start, self.expecting)),
            _ => self.unexpected_text(),
        }
    }

    /// A value that the end of the bytes cuts.
    fn value_to_the_end(&mut self, start: usize) {
        let end = self.end_for_this_element();
        if end == ChunkEnd::More {
            self.stopped = Some(Ended::Inside(start, self.expecting));
            return;
        }
        if end != ChunkEnd::Broken {
            self.push_reject(
                start,
                self.input.bytes.len(),
                Refusal::of_fault(FaultKind::Truncated, 0),
            );
            self.output.records += 1;
        }
        self.at = self.input.bytes.len();
        self.expecting = Expecting::Nothing;
    }

    fn unexpected_text(&mut self) {
        self.reject_damage("this is no JSON; remove what stands here");
    }

    /// Rejects what stands here up to the next brace, bracket or comma (in NDJSON: line), and goes on there.
    fn reject_damage(&mut self, detail: &'static str) {
        let rest = &self.input.bytes[self.at + 1..];
        let found = match self.input.form {
            Form::Array => rest.iter().position(|byte| matches!(byte, b'{' | b']' | b',')),
            Form::Lines => rest.iter().position(|byte| matches!(byte, b'\n')),
        };
        let end = found.map_or(self.input.bytes.len(), |at| self.at + 1 + at);
        self.reject_place(end, Reason::UnexpectedText, detail);
        self.at = end;
        self.expecting = self.settled(Expecting::Anything);
    }

    /// Text after the closing bracket: reported once; records in it count.
    fn after_the_end(&mut self, byte: u8) {
        let detail = "there is text after the closing bracket; keep one array a file";
        self.expecting = Expecting::Afterwards;
        match byte {
            b'{' => self.reject_place(self.at + 1, Reason::UnexpectedText, detail),
            b'[' => {
                self.reject_place(self.at + 1, Reason::UnexpectedText, detail);
                self.at += 1;
                self.expecting = Expecting::FirstOrEnd;
            }
            _ => self.reject_damage(detail),
        }
    }

    /// Rejects a place between records; it ends before `end`.
    fn reject_place(&mut self, end: usize, reason: Reason, detail: &'static str) {
        self.push_reject(self.at, end, Refusal::new(reason, detail));
    }

    fn push_reject(&mut self, at: usize, end: usize, refusal: Refusal) {
        let reject = ChunkReject {
            record: self.output.records,
            at,
            reason: refusal.reason,
            detail: refusal.detail,
            excerpt: if self.reader.is_private() {
                String::new()
            } else {
                excerpt(&self.input.bytes[at..end])
            },
        };
        self.output.rejects.push(reject);
    }
}
