//! A gzip file read whole: all its members (RFC 1952, section 2.2), and the zeros that tapes and some tools pad it with.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::GzDecoder;

/// Decompresses member after member.
pub(super) struct Members<R> {
    /// `None` after the last member.
    member: Option<GzDecoder<BufReader<R>>>,
}

impl<R: Read> Members<R> {
    pub(super) fn new(file: R) -> Members<R> {
        Members {
            member: Some(GzDecoder::new(BufReader::new(file))),
        }
    }
}

impl<R: Read> Read for Members<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let count = member.read(bytes)?;
            if count > 0 || bytes.is_empty() {
                return Ok(count);
            }
            let rest = self.member.take().map(GzDecoder::into_inner);
            self.member = rest.map(next_member).transpose()?.flatten();
        }
        Ok(0)
    }
}

/// Passes zeros; what follows them is another member, or no gzip, and then its header says so.
fn next_member<R: Read>(mut rest: BufReader<R>) -> io::Result<Option<GzDecoder<BufReader<R>>>> {
    loop {
        let bytes = rest.fill_buf()?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let is_over = zeros < bytes.len();
        rest.consume(zeros);
        if is_over {
            return Ok(Some(GzDecoder::new(rest)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    fn member(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> (String, bool) {
        let mut text = Vec::new();
        let is_good = Members::new(bytes).read_to_end(&mut text).is_ok();
        (String::from_utf8(text).unwrap(), is_good)
    }

    #[test]
    fn all_members_are_read_and_zeros_behind_them_passed() {
        let (one, two) = (member("one"), member("two"));
        assert_eq!(read(&one), ("one".into(), true));
        assert_eq!(read(&[&one[..], &two].concat()), ("onetwo".into(), true));
        assert_eq!(read(&[&one[..], &[0; 100_000]].concat()), ("one".into(), true));
        assert_eq!(
            read(&[&one[..], &[0; 512], &two, &[0]].concat()),
            ("onetwo".into(), true)
        );
    }

    #[test]
    fn what_is_cut_or_no_gzip_is_an_error_behind_all_that_is_good() {
        let (one, two) = (member("one"), member("two"));
        assert_eq!(read(&[&one[..], b"garbage behind it"].concat()), ("one".into(), false));
        let (text, is_good) = read(&[&one[..], &two[..two.len() - 3]].concat());
        assert!(text.starts_with("one") && !is_good);
    }
}
