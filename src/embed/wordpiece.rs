//! BERT's tokenizer for printable ASCII, many times as fast as the `tokenizers` crate, which defines it (`tokenizer.rs`
//! holds the two together by tests). What comes in: a text; what goes out: the ids that the crate would give, or nothing
//! where only the crate knows. It never guesses.
//!
//! On printable ASCII BERT's normalizer does nothing but lower letters, and words end at white space and around every
//! mark; a word is then cut into the longest pieces of the vocabulary, from the left. Words that are no entry themselves
//! are remembered with their pieces.

use rustc_hash::FxHashMap;
use tokenizers::models::ModelWrapper;
use tokenizers::normalizers::NormalizerWrapper;
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::{Model as _, Tokenizer};

/// Words remembered by one [`SplitWords`]: a few megabytes.
const WORDS_REMEMBERED: usize = 65_536;

/// What a byte of a text is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Part of a word.
    Letter,
    /// A word of its own.
    Mark,
    /// White space.
    Blank,
    /// Not ours: not ASCII, a control character, or the first byte of an added token such as `[SEP]`.
    Foreign,
}

/// The vocabulary and settings of a plain BERT tokenizer.
pub(super) struct WordPiece {
    kinds: [Kind; 256],
    lowers: bool,
    /// Pieces at the beginning of a word.
    first_pieces: FxHashMap<Box<[u8]>, u32>,
    /// Pieces further on, without their `##`.
    later_pieces: FxHashMap<Box<[u8]>, u32>,
    longest_word: usize,
    unknown: u32,
    /// `[CLS]` and `[SEP]`.
    frame: (u32, u32),
    max_tokens: usize,
}

/// Words cut into pieces before; what a thread brings along. Bounded.
#[derive(Default)]
pub(super) struct SplitWords {
    pieces: FxHashMap<Box<[u8]>, Box<[u32]>>,
    lowered: Vec<u8>,
}

impl WordPiece {
    /// Takes over a tokenizer that cuts at `max_tokens` and does not pad; `None` where its settings are not the plain
    /// ones of BERT.
    pub(super) fn of(tokenizer: &Tokenizer, max_tokens: usize) -> Option<WordPiece> {
        let Some(NormalizerWrapper::BertNormalizer(normalizer)) = tokenizer.get_normalizer() else {
            return None;
        };
        let Some(PreTokenizerWrapper::BertPreTokenizer(_)) = tokenizer.get_pre_tokenizer() else {
            return None;
        };
        let ModelWrapper::WordPiece(model) = tokenizer.get_model() else {
            return None;
        };
        let vocabulary = model.get_vocab();
        let later = |(piece, id): (&String, &u32)| {
            let piece = piece.strip_prefix(&model.continuing_subword_prefix)?;
            Some((piece.as_bytes().into(), *id))
        };
        let word = vocabulary
            .keys()
            .filter(|word| word.bytes().all(|byte| byte.is_ascii_lowercase()))
            .min()?;
        Some(WordPiece {
            kinds: kinds(tokenizer)?,
            lowers: normalizer.lowercase,
            later_pieces: vocabulary.iter().filter_map(later).collect(),
            longest_word: model.max_input_chars_per_word,
            unknown: *vocabulary.get(&model.unk_token)?,
            frame: frame(tokenizer, word).filter(|_| max_tokens >= 3)?,
            max_tokens,
            first_pieces: vocabulary
                .into_iter()
                .map(|(piece, id)| (piece.into_bytes().into(), id))
                .collect(),
        })
    }

    /// The ids of a text with `[CLS]` and `[SEP]`, cut at the maximum; `None` where the crate has to be asked.
    pub(super) fn ids(&self, text: &str, known: &mut SplitWords) -> Option<Vec<u32>> {
        let SplitWords { pieces, lowered } = known;
        lowered.clear();
        lowered.extend_from_slice(text.as_bytes());
        if self.lowers {
            lowered.make_ascii_lowercase();
        }
        let kind = |at: usize| lowered.get(at).map(|&byte| self.kinds[usize::from(byte)]);
        let mut ids = Vec::with_capacity(2 + text.len() / 4);
        ids.push(self.frame.0);
        let mut at = 0;
        while ids.len() < self.max_tokens - 1
            && let Some(first) = kind(at)
        {
            let begin = at;
            at += 1;
            if first == Kind::Letter {
                while kind(at) == Some(Kind::Letter) {
                    at += 1;
                }
                // What follows may be no end of the word.
                if kind(at) == Some(Kind::Foreign) {
                    return None;
                }
            }
            match first {
                Kind::Blank => {}
                Kind::Foreign => return None,
                Kind::Letter | Kind::Mark => self.push_word(&lowered[begin..at], pieces, &mut ids),
            }
        }
        ids.truncate(self.max_tokens - 1);
        ids.push(self.frame.1);
        Some(ids)
    }

    fn push_word(&self, word: &[u8], known: &mut FxHashMap<Box<[u8]>, Box<[u32]>>, ids: &mut Vec<u32>) {
        if word.len() > self.longest_word {
            ids.push(self.unknown);
        } else if let Some(&id) = self.first_pieces.get(word) {
            ids.push(id);
        } else if let Some(pieces) = known.get(word) {
            ids.extend_from_slice(pieces);
        } else {
            let pieces = self.split(word).unwrap_or_else(|| vec![self.unknown]);
            ids.extend_from_slice(&pieces);
            if known.len() < WORDS_REMEMBERED {
                known.insert(word.into(), pieces.into());
            }
        }
    }

    /// The longest pieces from the left; `None` where a part of the word has none.
    fn split(&self, word: &[u8]) -> Option<Vec<u32>> {
        let mut ids = Vec::new();
        let mut begin = 0;
        while begin < word.len() {
            let pieces = if begin == 0 {
                &self.first_pieces
            } else {
                &self.later_pieces
            };
            let ends = (begin + 1..=word.len()).rev();
            let (end, id) = ends
                .map(|end| (end, pieces.get(&word[begin..end])))
                .find_map(|(end, id)| id.map(|id| (end, *id)))?;
            ids.push(id);
            begin = end;
        }
        Some(ids)
    }
}

/// What each byte is; `None` where added tokens are looked for in the normalized text.
fn kinds(tokenizer: &Tokenizer) -> Option<[Kind; 256]> {
    let mut kinds = [Kind::Foreign; 256];
    for byte in 0..=u8::MAX {
        kinds[usize::from(byte)] = match byte {
            b' ' | b'\t' | b'\n' | b'\r' => Kind::Blank,
            _ if byte.is_ascii_alphanumeric() => Kind::Letter,
            _ if byte.is_ascii_punctuation() => Kind::Mark,
            _ => Kind::Foreign,
        };
    }
    for token in tokenizer.get_added_vocabulary().get_added_tokens_decoder().values() {
        let first = *token.content.as_bytes().first()?;
        // A letter is looked up after lowering, an added token before.
        if token.normalized || first.is_ascii_alphabetic() {
            return None;
        }
        kinds[usize::from(first)] = Kind::Foreign;
    }
    Some(kinds)
}

/// The ids before and after a text, if there is one of each, as the tokenizer itself puts them around nothing and around
/// a word of its vocabulary.
fn frame(tokenizer: &Tokenizer, word: &str) -> Option<(u32, u32)> {
    let encoded = |text: &str| Some(tokenizer.encode_fast(text, true).ok()?.get_ids().to_vec());
    let [first, last] = encoded("")?[..] else {
        return None;
    };
    let around_word = [first, tokenizer.token_to_id(word)?, last];
    (encoded(word)? == around_word).then_some((first, last))
}
