//! Reads one record strictly (RFC 8259), byte by byte: the definition of what a record is.
//!
//! In: the bytes of a chunk and where a record's brace opens. Out: the raw text of the wanted values and where the
//! record ends, or the first fault with its place. It never interprets what is not wanted (`1E400` in an unknown
//! field is fine), never builds a tree, and never looks past the record.
//!
//! Why not a JSON library here: values are rounded from their text, which `simd-json` and `serde_json` turn into
//! doubles first; `1E400` in a skipped field fails there; and neither says where in a damaged chunk the next good
//! record can begin. serde_json is the oracle of the tests, and both stand beside it in `benches/peers`.

use super::containers::Containers;

/// The raw value of a wanted key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token<'a> {
    /// The record does not have the key.
    Absent,
    /// `null`
    Null,
    /// The text of a number.
    Number(&'a [u8]),
    /// A string.
    Text(RawText<'a>),
    /// A value that no wanted field takes, by what it is: "a boolean", "an array", "an object".
    Other(&'static str),
}

/// The inside of a JSON string: valid UTF-8, escapes still in place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RawText<'a> {
    /// Between the quotes.
    pub(super) raw: &'a [u8],
    /// Whether there is an escape in it.
    pub(super) escaped: bool,
}

/// Why a record is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FaultKind {
    /// The bytes end inside the record.
    Truncated,
    /// Something else was expected here.
    Expected(&'static str),
    /// `NaN`, `Infinity` and the like.
    NotANumber,
    /// A raw control character in a string.
    ControlCharacter,
    /// A string that is not UTF-8.
    InvalidUtf8,
    /// More than [`MAX_DEPTH`](super::containers::MAX_DEPTH) containers.
    TooDeep,
}

/// The first fault of a record and the containers open there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) kind: FaultKind,
    /// Position in the chunk.
    pub(super) at: usize,
    /// Where the token begins that it is in: the quote of a string, else the same place.
    pub(super) token_at: usize,
    pub(super) open: Containers,
}

/// The keys wanted of a record, each with the slot its value goes to.
pub(super) struct WantedKeys {
    keys: Vec<&'static [u8]>,
}

impl WantedKeys {
    pub(super) fn new(keys: Vec<&'static str>) -> WantedKeys {
        WantedKeys {
            keys: keys.into_iter().map(str::as_bytes).collect(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The slot of a key. Keys mostly come in the same order, so the search starts where the last one was found.
    pub(super) fn slot(&self, key: &[u8], start: usize) -> Option<usize> {
        let (before, after) = self.keys.split_at(start);
        let found = |keys: &[&[u8]]| keys.iter().position(|wanted| *wanted == key);
        found(after).map(|at| at + start).or_else(|| found(before))
    }
}

/// Reads the record that opens at `start`. Fills one token a wanted key (a repeated key: the last wins) and returns
/// the position after its closing brace.
pub(super) fn read_record<'a>(
    bytes: &'a [u8],
    start: usize,
    wanted: &WantedKeys,
    tokens: &mut [Token<'a>],
) -> Result<usize, Fault> {
    tokens.fill(Token::Absent);
    let mut reader = Reader {
        bytes,
        at: start,
        open: Containers::default(),
    };
    reader.record(wanted, tokens).map_err(|(kind, at)| Fault {
        kind,
        at,
        token_at: reader.at,
        open: reader.open,
    })?;
    Ok(reader.at)
}

/// Reads the value of a field that starts at `start`, inside the record; the token and the position after it.
pub(super) fn read_field_value(bytes: &[u8], start: usize) -> Option<(Token<'_>, usize)> {
    let mut reader = Reader::inside_record(bytes, start);
    let token = reader.value().ok()?;
    Some((token, reader.at))
}

/// Reads any one value that starts at `start`; the position after it. For array elements that are no objects.
pub(super) fn read_value(bytes: &[u8], start: usize) -> Result<usize, Fault> {
    let mut reader = Reader {
        bytes,
        at: start,
        open: Containers::default(),
    };
    reader.value().map_err(|(kind, at)| Fault {
        kind,
        at,
        token_at: reader.at,
        open: reader.open,
    })?;
    Ok(reader.at)
}

/// White space between tokens.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// The position of the first byte at or after `at` that is no white space.
pub(super) fn skip_spaces(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && is_space(bytes[at]) {
        at += 1;
    }
    at
}

pub(super) type Failure = (FaultKind, usize);

pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    pub(super) at: usize,
    open: Containers,
}

impl<'a> Reader<'a> {
    /// A reader at `at`, behind the opening brace of a record.
    pub(super) fn inside_record(bytes: &'a [u8], at: usize) -> Reader<'a> {
        let mut open = Containers::default();
        open.open(true);
        Reader { bytes, at, open }
    }

    fn record(&mut self, wanted: &WantedKeys, tokens: &mut [Token<'a>]) -> Result<(), Failure> {
        self.open_container(true)?;
        let mut next_slot = 0;
        if self.peek_after_spaces()? == b'}' {
            return self.close_container();
        }
        loop {
            let key = self.key()?;
            let slot = self.slot_of(key, wanted, next_slot);
            let token = self.value()?;
            if let Some(slot) = slot {
                tokens[slot] = token;
                next_slot = slot + 1;
            }
            if self.comma_or(b'}', "`,` or `}`")? {
                return self.close_container();
            }
        }
    }

    fn slot_of(&self, key: RawText<'a>, wanted: &WantedKeys, start: usize) -> Option<usize> {
        if key.escaped {
            let unescaped = super::text::unescape(key).ok()?;
            return wanted.slot(unescaped.as_bytes(), start);
        }
        wanted.slot(key.raw, start)
    }

    /// A key and its colon; stands at the value after it.
    pub(super) fn key(&mut self) -> Result<RawText<'a>, Failure> {
        if self.peek_after_spaces()? != b'"' {
            return Err((FaultKind::Expected("a key in double quotes"), self.at));
        }
        let key = self.string()?;
        if self.peek_after_spaces()? != b':' {
            return Err((FaultKind::Expected("`:`"), self.at));
        }
        self.at += 1;
        Ok(key)
    }

    pub(super) fn value(&mut self) -> Result<Token<'a>, Failure> {
        match self.peek_after_spaces()? {
            b'"' => Ok(Token::Text(self.string()?)),
            b'-' | b'0'..=b'9' => Ok(Token::Number(self.number()?)),
            b'{' => self.skip_container().map(|()| Token::Other("an object")),
            b'[' => self.skip_container().map(|()| Token::Other("an array")),
            b't' => self.literal("true").map(|()| Token::Other("a boolean")),
            b'f' => self.literal("false").map(|()| Token::Other("a boolean")),
            b'n' => self.literal("null").map(|()| Token::Null),
            b'N' | b'I' | b'+' => Err((FaultKind::NotANumber, self.at)),
            _ => Err((FaultKind::Expected("a value"), self.at)),
        }
    }

    /// Skips a container and all it holds, without recursion.
    fn skip_container(&mut self) -> Result<(), Failure> {
        let outer = self.open.depth();
        self.open_container(self.bytes[self.at] == b'{')?;
        let mut just_opened = true;
        while self.open.depth() > outer {
            let (closer, expected) = if self.open.innermost_is_object() {
                (b'}', "`,` or `}`")
            } else {
                (b']', "`,` or `]`")
            };
            let closes = match just_opened {
                true => self.peek_after_spaces()? == closer,
                false => self.comma_or(closer, expected)?,
            };
            if closes {
                self.close_container()?;
                just_opened = false;
                continue;
            }
            if self.open.innermost_is_object() {
                self.key()?;
            }
            just_opened = matches!(self.peek_after_spaces()?, b'{' | b'[');
            if just_opened {
                self.open_container(self.bytes[self.at] == b'{')?;
            } else {
                self.value()?;
            }
        }
        Ok(())
    }

    fn open_container(&mut self, is_object: bool) -> Result<(), Failure> {
        if !self.open.open(is_object) {
            return Err((FaultKind::TooDeep, self.at));
        }
        self.at += 1;
        Ok(())
    }

    fn close_container(&mut self) -> Result<(), Failure> {
        self.open.close();
        self.at += 1;
        Ok(())
    }

    /// Passes a comma (`false`), or stands at the closing bracket (`true`).
    pub(super) fn comma_or(&mut self, closer: u8, expected: &'static str) -> Result<bool, Failure> {
        let byte = self.peek_after_spaces()?;
        if byte == b',' {
            self.at += 1;
            return Ok(false);
        }
        if byte == closer {
            Ok(true)
        } else {
            Err((FaultKind::Expected(expected), self.at))
        }
    }

    pub(super) fn peek_after_spaces(&mut self) -> Result<u8, Failure> {
        self.at = skip_spaces(self.bytes, self.at);
        self.bytes.get(self.at).copied().ok_or((FaultKind::Truncated, self.at))
    }

    fn literal(&mut self, text: &'static str) -> Result<(), Failure> {
        for expected in text.bytes() {
            match self.bytes.get(self.at) {
                Some(byte) if *byte == expected => self.at += 1,
                Some(b'a') if text == "null" => return Err((FaultKind::NotANumber, self.at)),
                Some(_) => return Err((FaultKind::Expected(text), self.at)),
                None => return Err((FaultKind::Truncated, self.at)),
            }
        }
        Ok(())
    }

    fn number(&mut self) -> Result<&'a [u8], Failure> {
        let start = self.at;
        self.at += usize::from(self.bytes[self.at] == b'-');
        match self.bytes.get(self.at) {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits()?,
            Some(b'I' | b'N' | b'i' | b'n') => return Err((FaultKind::NotANumber, self.at)),
            Some(_) => return Err((FaultKind::Expected("a digit"), self.at)),
            None => return Err((FaultKind::Truncated, self.at)),
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            self.at += 1;
            self.at += usize::from(matches!(self.bytes.get(self.at), Some(b'+' | b'-')));
            self.digits()?;
        }
        // A number may be cut by the end of a chunk: only what follows it tells that it is whole.
        if self.at == self.bytes.len() {
            return Err((FaultKind::Truncated, self.at));
        }
        Ok(&self.bytes[start..self.at])
    }

    /// One or more digits.
    fn digits(&mut self) -> Result<(), Failure> {
        let start = self.at;
        while self.bytes.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        match self.at {
            at if at > start => Ok(()),
            at if at == self.bytes.len() => Err((FaultKind::Truncated, at)),
            at => Err((FaultKind::Expected("a digit"), at)),
        }
    }

    /// A string; stands after its closing quote.
    fn string(&mut self) -> Result<RawText<'a>, Failure> {
        let start = self.at + 1;
        let mut at = start;
        let mut escaped = false;
        let mut all_bytes = 0u8;
        loop {
            let Some(&byte) = self.bytes.get(at) else {
                return Err((FaultKind::Truncated, at));
            };
            match byte {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    at = self.escape(at)?;
                }
                0..0x20 => return Err((FaultKind::ControlCharacter, at)),
                _ => {
                    all_bytes |= byte;
                    at += 1;
                }
            }
        }
        let raw = &self.bytes[start..at];
        if !all_bytes.is_ascii()
            && let Err(error) = simdutf8::compat::from_utf8(raw)
        {
            return Err((FaultKind::InvalidUtf8, start + error.valid_up_to()));
        }
        self.at = at + 1;
        Ok(RawText { raw, escaped })
    }

    /// Checks the escape whose backslash stands at `at`; the position after it.
    fn escape(&self, at: usize) -> Result<usize, Failure> {
        match self.bytes.get(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
            Some(b'u') => {
                for position in at + 2..at + 6 {
                    match self.bytes.get(position) {
                        Some(byte) if byte.is_ascii_hexdigit() => {}
                        Some(_) => return Err((FaultKind::Expected("four hexadecimal digits"), position)),
                        None => return Err((FaultKind::Truncated, position)),
                    }
                }
                Ok(at + 6)
            }
            Some(_) => Err((FaultKind::Expected("a valid escape"), at + 1)),
            None => Err((FaultKind::Truncated, at + 1)),
        }
    }
}
