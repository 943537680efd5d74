//! The meaning of words, by vectors. What comes in: where the vectors of the vocabulary's phrases are kept,
//! and a way to embed; what goes out: the facets that a stretch of words means.

use std::cell::OnceCell;

use crate::search::question::Meaning;
use crate::search::{Embed, PhraseFile, SearchError};

use super::{CUT, PhraseVectors, phrases};

/// Embeds the vocabulary's phrases and keeps their vectors, unless they are there: a search that needs them does so
/// itself, but takes seconds longer.
pub fn keep_vocabulary(phrases: &PhraseFile, embed: &dyn Embed) -> Result<(), SearchError> {
    Meanings::new(embed, phrases).vectors().map(|_| ())
}

/// Embeds only when a question needs it: most are understood by their words.
pub(in crate::search) struct Meanings<'a> {
    embed: &'a dyn Embed,
    phrases: &'a PhraseFile,
    vectors: OnceCell<PhraseVectors>,
}

impl<'a> Meanings<'a> {
    pub(in crate::search) fn new(embed: &'a dyn Embed, phrases: &'a PhraseFile) -> Meanings<'a> {
        Meanings {
            embed,
            phrases,
            vectors: OnceCell::new(),
        }
    }

    /// The facets that these words mean; none where nothing in the vocabulary is near, by a margin over the cut.
    pub(in crate::search) fn of(&self, words: &str, margin: f32) -> Result<Option<Meaning>, SearchError> {
        let embedded = self.embed.texts(&[words]).map_err(SearchError::Embed)?;
        match embedded.first() {
            Some(vector) => Ok(self.vectors()?.nearest(words, vector, CUT + margin)),
            None => Ok(None),
        }
    }

    fn vectors(&self) -> Result<&PhraseVectors, SearchError> {
        if let Some(vectors) = self.vectors.get() {
            return Ok(vectors);
        }
        let texts: Vec<&str> = phrases().map(|(phrase, _)| phrase).collect();
        let model = self.embed.fingerprint();
        let vectors = match self.phrases.vectors(&texts, model) {
            Some(vectors) => vectors,
            None => {
                let vectors = self.embed.texts(&texts).map_err(SearchError::Embed)?;
                if let Err(error) = self.phrases.keep(&texts, &vectors, model) {
                    tracing::debug!(%error, "phrase vectors were not kept; the next search makes them again");
                }
                vectors
            }
        };
        Ok(self.vectors.get_or_init(|| PhraseVectors(vectors)))
    }
}
