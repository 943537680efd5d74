//! Words that every question may have and that name no fact. What comes in: a token; what goes out: whether it is one of
//! them.

use super::token::Token;

/// Words, or stems of words, without which a question says the same: they name no fact.
///
/// "Fabulous" and "glorious" are among them because a run or a meal is neither in any record; of a night they say that it
/// was great, and `night` has made that of them before anything is left out.
#[rustfmt::skip]
const FILLERS: &[&str] = &[
    "a", "an", "the", "of", "my", "me", "i", "you", "we", "he", "she", "they", "his", "her", "their", "in", "on",
    "at", "to", "for", "with", "and", "or", "but", "when", "where", "what", "which", "who", "how", "that", "this",
    "these", "those", "it", "its", "there", "be", "do", "have", "can", "could", "would", "should", "will", "may",
    "show", "find", "list", "give", "tell", "see", "look", "search", "get", "want", "know", "day", "dat", "date",
    "night", "time", "tim", "morn", "morning", "even", "evening", "hour", "minut", "minute", "week", "month", "ever",
    "also", "both", "too", "so", "as", "than", "then", "from", "by", "all", "any", "some", "each", "every", "please",
    "pleas", "user", "s", "am", "pm", "really", "very", "quite", "again", "still", "just", "only", "because", "while",
    "after", "before", "follow", "previous", "next", "same", "during", "dur", "about", "around", "if", "up", "happen",
    "case", "occasion", "moment", "period", "pattern", "person", "people", "one", "go", "more", "less", "most",
    "least", "last", "first", "usual", "record", "entry", "thing", "something", "anything", "lot", "into", "out",
    "off", "over", "under", "between", "often", "times", "much", "nothing", "way", "ago", "amount", "quantity",
    "level", "value", "though", "had", "has", "hav", "take", "tak", "took", "came", "come", "com", "coming", "fell",
    "fall", "fallen", "began", "begin", "begun", "start", "end", "wonder", "curious", "mind", "check", "pull", "dig",
    "pick", "name", "nam", "hey", "hi", "hello", "kindly", "like", "lik", "love", "lov", "need", "exactly",
    "actually", "truly", "certain", "basically", "simply", "kind", "type", "typ", "sort", "part", "spent", "spend",
    "total", "whole", "whol", "directly", "straight", "right", "immediately", "turn", "occur", "mean", "meant",
    "said", "say", "told", "doctor", "coach", "trainer", "cardiologist", "diary", "app", "watch", "went",
    "altogether", "down", "hit", "sit", "count", "measur", "wis", "wise", "rank", "interested", "interest",
    "possible", "possibl", "glad", "happy", "grateful", "thank", "thanks", "remember", "remind", "recall", "let",
    "wish", "point", "identify", "display", "retriev", "present", "provid", "indicat", "single", "singl", "sure",
    "bit", "fair", "mark", "line", "stuff", "onward", "back", "now", "full", "overall", "entir", "entire", "always",
    "yet", "own", "got", "put", "did", "been", "being", "feel", "felt", "seem", "stay", "gon", "gone", "add", "apart",
    "aside", "somehow", "contain", "contained", "includ", "included", "inclusiv", "inclusive", "practically",
    "blissful", "dreamy", "fabulous", "glorious", "energetic", "powerful", "delightful",
    "return", "diet",
];

/// A word that names no fact.
pub(in crate::search::question) fn is_filler(token: &Token) -> bool {
    FILLERS.contains(&token.word.as_str()) || FILLERS.contains(&token.stem.as_str())
}
