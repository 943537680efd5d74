//! To come.
pub mod calendar;
mod compare;
pub mod condition;
mod facts;
mod lexicon;
pub mod measure;
mod relation;
pub mod superlative;
mod token;
pub mod understanding;

#[cfg(test)]
mod tests;
