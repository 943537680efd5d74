//! Records as JSON text. What comes in: keys and values that are ours; what goes out: bytes exactly as Python's
//! `json.dumps` writes them, in one of three forms. It never escapes: texts come as they stand between the quotes.

use super::Form;

/// The fixed texts of a form.
struct Layout {
    open: &'static str,
    first_key: &'static str,
    next_key: &'static str,
    colon: &'static str,
    close: &'static str,
    between: &'static str,
}

/// `json.dumps(records, indent=2)`: one field a line.
const PRETTY: Layout = Layout {
    open: "  {\n",
    first_key: "    \"",
    next_key: ",\n    \"",
    colon: "\": ",
    close: "\n  }",
    between: ",\n",
};

/// `json.dumps(records, separators=(",", ":"))`.
const COMPACT: Layout = Layout {
    open: "{",
    first_key: "\"",
    next_key: ",\"",
    colon: "\":",
    close: "}",
    between: ",",
};

/// One compact object a line.
const NDJSON: Layout = Layout {
    between: "\n",
    ..COMPACT
};

impl Form {
    fn layout(self) -> &'static Layout {
        match self {
            Form::Pretty => &PRETTY,
            Form::Compact => &COMPACT,
            Form::Ndjson => &NDJSON,
        }
    }

    /// What stands between two records.
    pub(super) fn between(self) -> &'static str {
        self.layout().between
    }

    /// What stands before the first record and after the last; without records both differ.
    pub(super) fn frame(self, any_records: bool) -> (&'static str, &'static str) {
        match (self, any_records) {
            (Form::Ndjson, false) => ("", ""),
            (Form::Ndjson, true) => ("", "\n"),
            (Form::Pretty, true) => ("[\n", "\n]"),
            (Form::Compact, _) | (Form::Pretty, false) => ("[", "]"),
        }
    }

    /// The extension of the files.
    pub(super) fn extension(self) -> &'static str {
        match self {
            Form::Pretty | Form::Compact => "json",
            Form::Ndjson => "ndjson",
        }
    }
}

/// A run of records of one file: separators between them, none before the first or after the last.
pub(super) struct Records {
    layout: &'static Layout,
    /// The text so far.
    pub(super) bytes: Vec<u8>,
    /// How many records it holds.
    pub(super) count: u64,
}

impl Records {
    /// No records yet.
    pub(super) fn new(form: Form) -> Records {
        Records {
            layout: form.layout(),
            bytes: Vec::new(),
            count: 0,
        }
    }

    /// Begins a record; it ends when the returned value is dropped.
    pub(super) fn record(&mut self) -> Record<'_> {
        if self.count > 0 {
            self.push(self.layout.between);
        }
        self.push(self.layout.open);
        self.count += 1;
        Record {
            before_key: self.layout.first_key,
            records: self,
        }
    }

    fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn push_whole(&mut self, mut number: u32) {
        let mut digits = [0u8; 10];
        let mut start = digits.len();
        loop {
            start -= 1;
            digits[start] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        self.bytes.extend_from_slice(&digits[start..]);
    }
}

/// A record being written.
pub(super) struct Record<'a> {
    records: &'a mut Records,
    before_key: &'static str,
}

impl Record<'_> {
    fn key(&mut self, key: &str) {
        self.records.push(self.before_key);
        self.before_key = self.records.layout.next_key;
        self.records.push(key);
        self.records.push(self.records.layout.colon);
    }

    /// A text field.
    pub(super) fn text(&mut self, key: &str, text: &str) -> &mut Self {
        self.joined(key, &[text])
    }

    /// A text field made of parts.
    pub(super) fn joined(&mut self, key: &str, parts: &[&str]) -> &mut Self {
        self.key(key);
        self.records.push("\"");
        for part in parts {
            self.records.push(part);
        }
        self.records.push("\"");
        self
    }

    /// A whole number.
    pub(super) fn whole(&mut self, key: &str, number: u32) -> &mut Self {
        self.key(key);
        self.records.push_whole(number);
        self
    }

    /// A number with one decimal, given in tenths.
    pub(super) fn tenths(&mut self, key: &str, tenths: u32) -> &mut Self {
        self.key(key);
        self.records.push_whole(tenths / 10);
        self.records.push(".");
        self.records.push_whole(tenths % 10);
        self
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, key: &str, flag: bool) -> &mut Self {
        self.key(key);
        self.records.push(if flag { "true" } else { "false" });
        self
    }
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        self.records.push(self.records.layout.close);
    }
}

/// `00` to `99`.
pub(super) fn two_digits(number: u32) -> &'static str {
    const PAIRS: &str = "0001020304050607080910111213141516171819\
                         2021222324252627282930313233343536373839\
                         4041424344454647484950515253545556575859\
                         6061626364656667686970717273747576777879\
                         8081828384858687888990919293949596979899";
    let start = (number % 100) as usize * 2;
    &PAIRS[start..start + 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_records(form: Form) -> String {
        let mut records = Records::new(form);
        records.record().text("a", "x").whole("b", 0);
        records.record().tenths("c", 1005).flag("d", true);
        let (open, close) = form.frame(true);
        format!("{open}{}{close}", String::from_utf8(records.bytes).unwrap())
    }

    #[test]
    fn the_three_forms_are_those_of_python() {
        // python3: json.dumps([{"a": "x", "b": 0}, {"c": 100.5, "d": True}], indent=2), and with separators
        assert_eq!(
            two_records(Form::Pretty),
            "[\n  {\n    \"a\": \"x\",\n    \"b\": 0\n  },\n  {\n    \"c\": 100.5,\n    \"d\": true\n  }\n]"
        );
        assert_eq!(two_records(Form::Compact), r#"[{"a":"x","b":0},{"c":100.5,"d":true}]"#);
        assert_eq!(
            two_records(Form::Ndjson),
            "{\"a\":\"x\",\"b\":0}\n{\"c\":100.5,\"d\":true}\n"
        );
    }

    #[test]
    fn a_file_without_records_is_an_empty_array_or_nothing() {
        assert_eq!(Form::Pretty.frame(false), ("[", "]"));
        assert_eq!(Form::Compact.frame(false), ("[", "]"));
        assert_eq!(Form::Ndjson.frame(false), ("", ""));
    }

    #[test]
    fn pairs_of_digits_are_right() {
        for number in 0..100 {
            assert_eq!(two_digits(number), format!("{number:02}"));
        }
    }
}
