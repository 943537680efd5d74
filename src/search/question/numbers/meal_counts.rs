//! How many meals there were: "only two meals", "ate once or twice", "ate more than three times". What comes in: tokens, or
//! an amount; what goes out: tokens that name the meals, or whether the number counts them.

use crate::search::question::words::token::{Token, tokens_of_words};

use super::compare::{Amount, AmountReader, ComparisonKind};

/// From here on nobody counts meals. In thousandths.
const MANY: i64 = 20_000;

/// The tokens with meals named where somebody ate so many times.
pub(in crate::search::question) fn with_meals_named(mut tokens: Vec<Token>) -> Vec<Token> {
    for at in 0..tokens.len() {
        if !tokens[at].is(&["ate", "eat", "eaten", "eating", "fed"]) {
            continue;
        }
        let fills = |index: &usize| tokens[*index].is(&["only", "just", "myself"]);
        let start = (at + 1..tokens.len())
            .take_while(fills)
            .last()
            .map_or(at + 1, |last| last + 1);
        if let Some((said, length)) = counted(&tokens, start) {
            tokens.splice(start..start + length, said);
            return tokens;
        }
    }
    tokens
}

/// The meals that are counted here, and how many words said so.
fn counted(tokens: &[Token], at: usize) -> Option<(Vec<Token>, usize)> {
    /// A comparison is no longer.
    const COMPARISON: usize = 3;
    let word = |index: usize| tokens.get(index).map_or("", |token| token.word.as_str());
    let number = |index: usize| {
        tokens
            .get(index)
            .and_then(|token| token.number.filter(|number| *number <= MANY))
    };
    if (word(at), word(at + 1)) == ("once", "or") && number(at + 2).is_some() {
        let times = usize::from(word(at + 3) == "times");
        let mut said = vec![Token::of_word("between"), Token::of_number(1000), Token::of_word("and")];
        said.push(tokens[at + 2].clone());
        said.push(Token::of_word("meals"));
        return Some((said, 3 + times));
    }
    let number_at = (at..at + COMPARISON + 1).find(|index| number(*index).is_some())?;
    let or_more = (usize::from(word(number_at + 1) == "or") * 2).min(tokens.len() - number_at - 1);
    let times = word(number_at + 1 + or_more) == "times";
    // "Ate twice": the number alone.
    let alone = number_at == at && tokens.get(at + 1).is_none_or(|next| next.after_break || next.is(&ENDS));
    let compares = tokens[at..number_at].iter().all(|token| {
        token.is(&[
            "more", "less", "fewer", "than", "at", "least", "most", "over", "under", "exactly",
        ])
    });
    if !(compares && (times || alone)) {
        return None;
    }
    let mut said = tokens[at..=number_at].to_vec();
    said.extend(tokens_of_words("meals"));
    said.extend_from_slice(&tokens[number_at + 1..number_at + 1 + or_more]);
    Some((said, number_at - at + 1 + or_more + usize::from(times)))
}

/// What may stand behind "ate twice".
const ENDS: [&str; 10] = ["that", "a", "on", "in", "and", "but", "all", "per", "during", "or"];

impl AmountReader<'_> {
    /// `four meals`: a bare number of them is exact.
    pub(super) fn counts_meals(&self, amount: &Amount) -> bool {
        let several = amount.number > 1000 && amount.number <= MANY;
        let bare = amount.comparison == ComparisonKind::About && amount.second.is_none() && amount.unit.is_none();
        bare && several && self.word(amount.end) == "meals"
    }
}
