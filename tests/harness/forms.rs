//! Records as texts, and the forms in which a file may hold them.

use std::io::Write;

use serde_json::value::RawValue;

/// A record: keys and values as JSON texts, in order; keys may repeat.
pub(crate) type Record = Vec<(String, String)>;

/// How a file writes its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// One field a line, with this indent.
    Pretty(&'static str),
    /// Pretty, with CRLF line ends.
    Crlf,
    /// Pretty, after a byte-order mark.
    ByteOrderMark,
    /// Pretty by two spaces, but what is nested in a record begins at the column of a record.
    Flat,
    /// `"key" : value` and spaces wherever JSON allows them.
    Spacious,
    /// The whole file on one line.
    OneLine,
    /// An array with one record a line.
    RecordPerLine,
    /// No array.
    Ndjson,
}

impl Form {
    /// Every form.
    pub(crate) const ALL: [Form; 10] = [
        Form::Pretty("  "),
        Form::Pretty("    "),
        Form::Pretty("\t"),
        Form::Crlf,
        Form::ByteOrderMark,
        Form::Flat,
        Form::Spacious,
        Form::OneLine,
        Form::RecordPerLine,
        Form::Ndjson,
    ];

    /// A file of these records.
    pub(crate) fn file(self, records: &[Record]) -> String {
        let texts: Vec<String> = records.iter().map(|record| self.record(record)).collect();
        self.file_of_texts(&texts)
    }

    /// A file of records that are texts in this form already.
    pub(crate) fn file_of_texts(self, texts: &[String]) -> String {
        match self {
            Form::Pretty(indent) => pretty_array(texts, indent),
            Form::Flat => pretty_array(texts, "  "),
            Form::Crlf => format!("[\r\n  {}\r\n]", texts.join(",\r\n  ")),
            Form::ByteOrderMark => format!("\u{feff}{}", pretty_array(texts, "  ")),
            Form::Spacious => format!(" [ {} ] \n\n", texts.join(" \t,\n")),
            Form::OneLine => format!("[{}]", texts.join(",")),
            Form::RecordPerLine => format!("[\n{}\n]\n", texts.join(",\n")),
            Form::Ndjson => texts.iter().map(|text| format!("{text}\n")).collect(),
        }
    }

    /// One record, as it stands in a file of this form.
    pub(crate) fn record(self, record: &Record) -> String {
        let fields = |separator: &str, colon: &str| -> String {
            let texts: Vec<String> = record
                .iter()
                .map(|(key, value)| format!("{key}{colon}{value}"))
                .collect();
            texts.join(separator)
        };
        match self {
            Form::Pretty(indent) => pretty_record(record, indent, &indent.repeat(2)),
            Form::ByteOrderMark => pretty_record(record, "  ", "    "),
            Form::Crlf => pretty_record(record, "  ", "    ").replace('\n', "\r\n"),
            Form::Flat => pretty_record(record, "  ", ""),
            Form::Spacious => format!("{{ {} }}", fields(" ,\t", " : ")),
            Form::OneLine | Form::Ndjson => format!("{{{}}}", fields(",", ":")),
            Form::RecordPerLine => format!("{{{}}}", fields(", ", ": ")),
        }
    }
}

fn pretty_array(texts: &[String], indent: &str) -> String {
    if texts.is_empty() {
        return "[]".to_string();
    }
    format!("[\n{indent}{}\n]", texts.join(&format!(",\n{indent}")))
}

fn pretty_record(record: &Record, indent: &str, nested_indent: &str) -> String {
    let fields: Vec<String> = record
        .iter()
        .map(|(key, value)| format!("{indent}{indent}{key}: {}", pretty_value(value, nested_indent)))
        .collect();
    format!("{{\n{}\n{indent}}}", fields.join(",\n"))
}

/// A nested value over several lines, each after `indent`; anything else as it is.
fn pretty_value(value: &str, indent: &str) -> String {
    let nested = value.starts_with(['{', '[']);
    match serde_json::from_str::<serde_json::Value>(value) {
        Ok(parsed) if nested => {
            let text = serde_json::to_string_pretty(&parsed).unwrap();
            text.replace('\n', &format!("\n{indent}"))
        }
        _ => value.to_string(),
    }
}

/// The records of an array, read back; values keep their texts only where they are flat.
pub(crate) fn records_of(array: &str) -> Vec<Record> {
    let raw: Vec<&RawValue> = serde_json::from_str(array).unwrap();
    raw.iter()
        .map(|record| {
            let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(record.get()).unwrap();
            fields
                .iter()
                .map(|(key, value)| (serde_json::to_string(key).unwrap(), value.to_string()))
                .collect()
        })
        .collect()
}

/// How a file is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Compression {
    /// The stored bytes.
    pub(crate) fn compress(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Compression::None => bytes.to_vec(),
            Compression::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
            Compression::Zstd => {
                // With a checksum, as the command-line tool writes it: damage is always seen.
                let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
                encoder.include_checksum(true).unwrap();
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
        }
    }

    /// What the file's name ends with.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            Compression::None => "",
            Compression::Gzip => ".gz",
            Compression::Zstd => ".zst",
        }
    }
}
