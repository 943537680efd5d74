//! The rest of a record that is too long to be held: passed until it closes, and never looked at again.

use memchr::{memchr, memchr3};

use super::Form;

/// Where in a record reading stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skip {
    depth: u64,
    in_string: bool,
    escaped: bool,
}

impl Skip {
    /// Passes the next bytes of the record, the first time from its opening brace; the position behind it, if it ends in
    /// them.
    pub(super) fn pass(&mut self, bytes: &[u8], form: Form) -> Option<usize> {
        if form == Form::Lines {
            return memchr(b'\n', bytes);
        }
        let mut at = 0;
        while at < bytes.len() {
            if self.escaped {
                self.escaped = false;
            } else if self.in_string {
                // A line break cuts a string that lost its quote.
                at += memchr3(b'"', b'\\', b'\n', &bytes[at..])?;
                self.escaped = bytes[at] == b'\\';
                self.in_string = self.escaped;
            } else {
                match bytes[at] {
                    b'"' => self.in_string = true,
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' if self.depth <= 1 => return Some(at + 1),
                    b'}' | b']' => self.depth -= 1,
                    _ => {}
                }
            }
            at += 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_ends_at_the_same_byte_however_it_is_cut() {
        let record = br#"{"a":"}\"]\\","b":[{"c":"{"},[]],"d":{}}"#;
        let file = [record, b",{}".as_slice()].concat();
        for cut in 0..record.len() {
            let mut skip = Skip::default();
            assert_eq!(skip.pass(&file[..cut], Form::Array), None, "{cut}");
            assert_eq!(skip.pass(&file[cut..], Form::Array), Some(record.len() - cut), "{cut}");
        }
        assert_eq!(Skip::default().pass(b"{\"a\":\n", Form::Lines), Some(5));
    }
}
