//! Amounts as people write them: "steps<400", "7h30", "15-20k", `35"`, "9 am". What comes in: a question; what goes out:
//! the same question with those amounts in plain words and numbers.

use crate::day::Property;
use crate::search::question::words::token::PUNCTUATION;

use super::measure::MEASURES;
use super::number::number_word;

/// More words than are read of a question.
const WORDS: usize = 240;

/// The words of a question and where one of them stands.
struct Place<'a> {
    words: &'a [&'a str],
    at: usize,
    /// A `"` that closes nothing: it stands for inches.
    open_quote: bool,
}

/// What is said instead of how many words.
type Rewritten = Option<(String, usize)>;

/// The first that fits is taken.
const RULES: [fn(&Place) -> Rewritten; 10] = [
    dash_of_a_span,
    property_name,
    half_of_the_day,
    hours_and_minutes,
    clock_of_hours,
    inches,
    stone,
    shared_multiplier,
    said_thousands,
    unit_at_the_end,
];

/// The question with its amounts in plain words.
pub(in crate::search::question) fn in_plain_amounts(question: &str) -> String {
    let question = with_signs_in_words(question);
    let words: Vec<&str> = question.split_whitespace().take(WORDS).collect();
    let open_quote = words.iter().flat_map(|word| word.chars()).filter(|c| *c == '"').count() % 2 == 1;
    let mut plain = String::with_capacity(question.len());
    let mut at = 0;
    while at < words.len() {
        let place = Place {
            words: &words,
            at,
            open_quote,
        };
        if at > 0 {
            plain.push(' ');
        }
        match RULES.iter().find_map(|rule| rule(&place)) {
            Some((said, length)) => {
                plain.push_str(&said);
                at += length;
            }
            None => {
                plain.push_str(words[at]);
                at += 1;
            }
        }
    }
    plain
}

/// `steps<400`, `sleep >= 9h`, `weight=80`; arrows such as `->` and `=>` say something else.
fn with_signs_in_words(question: &str) -> String {
    let mut plain = String::with_capacity(question.len());
    let mut before = None;
    let mut rest = question;
    while let Some(first) = rest.chars().next() {
        let behind_sign = |before: Option<char>| matches!(before, Some('-' | '=' | '<' | '>'));
        match sign(rest).filter(|_| !behind_sign(before)) {
            Some((said, length)) if compares(before, said, &rest[length..]) => {
                plain.push(' ');
                plain.push_str(said);
                plain.push(' ');
                rest = &rest[length..];
                before = Some(' ');
            }
            _ => {
                plain.push(first);
                rest = &rest[first.len_utf8()..];
                before = Some(first);
            }
        }
    }
    plain
}

/// The comparison sign that starts the text, and its length.
fn sign(text: &str) -> Option<(&'static str, usize)> {
    const SIGNS: [(&str, &str); 7] = [
        (">=", "at least"),
        ("≥", "at least"),
        ("<=", "at most"),
        ("≤", "at most"),
        (">", "over"),
        ("<", "under"),
        ("=", "exactly"),
    ];
    let found = SIGNS.iter().find(|(sign, _)| text.starts_with(sign));
    let arrow = text.starts_with("=>") || text.starts_with("<-") || text.starts_with("<>");
    found.filter(|_| !arrow).map(|(sign, said)| (*said, sign.len()))
}

/// Alone or in front of a word a sign compares; within a stretch only where a number stands behind it.
fn compares(before: Option<char>, said: &str, behind: &str) -> bool {
    let alone = before.is_none_or(|c| c.is_whitespace() || matches!(c, '(' | '"' | '\'' | '“'));
    let number = behind
        .trim_start()
        .starts_with(|c: char| c.is_ascii_digit() || c == '.');
    number || (alone && said != "exactly")
}

impl Place<'_> {
    fn raw(&self, ahead: usize) -> &str {
        self.words.get(self.at + ahead).copied().unwrap_or_default()
    }

    /// A word in lower case without punctuation, where no break stands behind it.
    fn lower(&self, ahead: usize) -> String {
        self.raw(ahead).to_lowercase()
    }

    /// The word before, in lower case.
    fn before(&self) -> String {
        let before = self.at.checked_sub(1).map_or("", |at| self.words[at]);
        before.to_lowercase()
    }
}

/// A word and the punctuation behind it.
fn with_tail(raw: &str) -> (&str, &str) {
    let core = raw.trim_end_matches(PUNCTUATION);
    (core, &raw[core.len()..])
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.len() < 10 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `400`, `7.5`, `15,000`.
fn is_number(text: &str) -> bool {
    let plain = text.replace(',', "");
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, "0"));
    is_digits(whole) && is_digits(fraction)
}

/// `sleep_hours`, as the documents of days have it.
fn property_name(place: &Place) -> Rewritten {
    let (core, tail) = with_tail(place.raw(0));
    if !core.contains('_') {
        return None;
    }
    let property = Property::from_name(&core.to_lowercase())?;
    let measure = MEASURES.iter().find(|measure| *measure.properties == [property])?;
    Some((format!("{}{tail}", measure.name), 1))
}

/// `9 am`, `10:30 p.m.`, `9.30pm`: one word.
fn half_of_the_day(place: &Place) -> Rewritten {
    let joined = |lower: &str| {
        let digits = lower.strip_suffix("am").or_else(|| lower.strip_suffix("pm"))?;
        Some((digits.to_string(), lower[digits.len()..].to_string()))
    };
    let (core, tail) = with_tail(place.raw(0));
    let (next, next_tail) = with_tail(place.raw(1));
    let apart = match next.to_lowercase().as_str() {
        "am" | "a.m" => Some("am"),
        "pm" | "p.m" => Some("pm"),
        _ => None,
    };
    let (clock, half, tail, length) = match apart.filter(|_| tail.is_empty()) {
        Some(half) => (
            core.to_lowercase(),
            half.to_string(),
            next_tail.trim_start_matches('.'),
            2,
        ),
        None => {
            let (clock, half) = joined(&core.to_lowercase())?;
            (clock, half, tail, 1)
        }
    };
    let (hours, minutes) = clock.split_once([':', '.']).unwrap_or((&clock, "00"));
    let is_clock = is_digits(hours) && hours.len() <= 2 && is_digits(minutes) && minutes.len() == 2;
    let clock = clock.replace('.', ":");
    is_clock.then(|| (format!("{clock}{half}{tail}"), length))
}

/// `7h30`, `6h15m`.
fn hours_and_minutes(place: &Place) -> Rewritten {
    let (core, tail) = with_tail(place.raw(0));
    let lower = core.to_lowercase();
    let (hours, rest) = lower.split_once('h')?;
    let minutes = rest.trim_end_matches(|c: char| c.is_alphabetic());
    let unit = &rest[minutes.len()..];
    let is_duration = is_digits(hours) && is_digits(minutes) && minutes.len() <= 2;
    (is_duration && matches!(unit, "" | "m" | "min" | "mins"))
        .then(|| (format!("{hours} hours {minutes} min{tail}"), 1))
}

/// `4:30 hours`, `4:30h`; "at 4:30 hours" is a time of the day.
fn clock_of_hours(place: &Place) -> Rewritten {
    let is_unit = |word: &str| matches!(word, "h" | "hr" | "hrs" | "hours");
    let (core, tail) = with_tail(place.raw(0));
    let (hours, rest) = core.split_once(':')?;
    let minutes = rest.get(..2)?;
    let (next, next_tail) = with_tail(place.raw(1));
    let (tail, length) = match &rest[2..] {
        "" if tail.is_empty() && is_unit(&next.to_lowercase()) => (next_tail, 2),
        unit if is_unit(&unit.to_lowercase()) => (tail, 1),
        _ => return None,
    };
    let before = place.before();
    let of_day = matches!(
        before.as_str(),
        "at" | "after" | "before" | "by" | "until" | "till" | "past"
    );
    (!of_day && is_digits(hours) && is_digits(minutes)).then(|| (format!("{hours} hours {minutes} min{tail}"), length))
}

/// `35"`, `35''`, `40in`.
fn inches(place: &Place) -> Rewritten {
    let raw = place.raw(0);
    let end = raw.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, rest) = raw.split_at(end);
    let tail = match rest.strip_prefix('"').filter(|_| place.open_quote) {
        Some(tail) => tail,
        None => rest.strip_prefix("''").or_else(|| rest.strip_prefix("in"))?,
    };
    let ends = tail.chars().all(|c| PUNCTUATION.contains(&c));
    (ends && is_number(number)).then(|| (format!("{number} inches{tail}"), 1))
}

/// `14 st`, `14st`, `14st 5`, `14st5lb`; "21st" is an ordinal.
fn stone(place: &Place) -> Rewritten {
    let (core, tail) = with_tail(place.raw(0));
    let lower = core.to_lowercase();
    if is_digits(&lower) && tail.is_empty() {
        let (next, next_tail) = with_tail(place.raw(1));
        return (next == "st").then(|| (format!("{lower} stone{next_tail}"), 2));
    }
    let (number, pounds) = lower.split_once("st")?;
    let is_ordinal = number.ends_with('1') && !number.ends_with("11");
    if !is_digits(number) || (is_ordinal && pounds.is_empty()) {
        return None;
    }
    let pounds = pounds.trim_end_matches("lbs").trim_end_matches("lb");
    match pounds {
        "" => Some((format!("{number} stone{tail}"), 1)),
        _ => is_digits(pounds).then(|| (format!("{number} stone {pounds} lb{tail}"), 1)),
    }
}

/// The value of a number in digits or one word.
fn value(text: &str) -> Option<f64> {
    if is_number(text) {
        return text.replace(',', "").parse().ok();
    }
    number_word(text).map(|thousandths| thousandths as f64 / 1000.0)
}

fn is_thousand(word: &str) -> bool {
    matches!(with_tail(word).0, "thousand" | "grand")
}

/// `15-20k`, `5 to 6 thousand`, `between 8 and 10k`: both ends are thousands.
fn shared_multiplier(place: &Place) -> Rewritten {
    let first = place.lower(0);
    // The second number where it shares its thousands, without them.
    let second = |raw: &str, next: &str| -> Option<f64> {
        let number = with_tail(raw).0.strip_suffix('k');
        number
            .and_then(value)
            .or_else(|| value(raw).filter(|_| is_thousand(next)))
    };
    let rising = |low: &str, high: f64| value(low).is_some_and(|low| low > 0.0 && low <= high);
    if let Some((low, high)) = first.split_once(['-', '–']) {
        let shares = rising(low, second(high, &place.lower(1))?);
        return shares.then(|| (format!("{low} thousand to {high}"), 1));
    }
    let joint = place.lower(1);
    let joins = match joint.as_str() {
        "to" | "-" | "–" => true,
        "and" => place.before() == "between",
        _ => false,
    };
    let shares = joins && rising(&first, second(&place.lower(2), &place.lower(3))?);
    shares.then(|| (format!("{first} thousand"), 1))
}

/// `May 24 - 26`: a dash between spaces is one of a span only where numbers stand on both sides.
fn dash_of_a_span(place: &Place) -> Rewritten {
    let is_dash = matches!(place.raw(0), "-" | "–" | "—");
    let numbers = is_digits(&place.before()) && is_digits(with_tail(place.raw(1)).0);
    (is_dash && numbers).then(|| ("to".to_string(), 1))
}

/// `in the 20 thousands`: from 20,000 to below 30,000.
fn said_thousands(place: &Place) -> Rewritten {
    if (place.lower(0).as_str(), place.lower(1).as_str()) != ("in", "the") {
        return None;
    }
    let number = value(&place.lower(2)).filter(|number| number.fract() == 0.0 && (1.0..100.0).contains(number))?;
    let last = place.lower(3);
    let (core, tail) = with_tail(&last);
    let width = if number % 10.0 == 0.0 { 10.0 } else { 1.0 };
    let until = (number + width) * 1000.0 - 1.0;
    (core == "thousands").then(|| (format!("between {} and {until}{tail}", number * 1000.0), 4))
}

/// "Waist over 35 in": at the end it is no preposition.
fn unit_at_the_end(place: &Place) -> Rewritten {
    let (next, tail) = with_tail(place.raw(1));
    let ends = place.at + 2 == place.words.len() && next == "in";
    (ends && is_number(place.raw(0))).then(|| (format!("{} inches{tail}", place.raw(0)), 2))
}

#[cfg(test)]
mod tests {
    use super::in_plain_amounts as plain;

    #[test]
    fn signs_become_words_and_arrows_stay() {
        assert_eq!(plain("steps<400"), "steps under 400");
        assert_eq!(
            plain("sleep_hours<=5, steps >= 10000"),
            "sleep at most 5, steps at least 10000"
        );
        assert_eq!(plain("weight=80kg"), "weight exactly 80kg");
        assert_eq!(
            plain("hard workout -> poor sleep => rest"),
            "hard workout -> poor sleep => rest"
        );
    }

    #[test]
    fn durations_and_clocks_are_told_apart() {
        assert_eq!(
            plain("slept 7h30 or more, 6h15m"),
            "slept 7 hours 30 min or more, 6 hours 15 min"
        );
        assert_eq!(plain("less than 4:30 hours"), "less than 4 hours 30 min");
        assert_eq!(plain("up after 4:30 hours"), "up after 4:30 hours");
        assert_eq!(
            plain("asleep by 10:30 p.m., up at 9 am?"),
            "asleep by 10:30pm, up at 9am?"
        );
        assert_eq!(plain("I am up"), "I am up");
    }

    #[test]
    fn thousands_are_shared() {
        assert_eq!(plain("15-20k steps"), "15 thousand to 20k steps");
        assert_eq!(plain("5 to 6 thousand"), "5 thousand to 6 thousand");
        assert_eq!(
            plain("between six and ten thousand"),
            "between six thousand and ten thousand"
        );
        assert_eq!(plain("900 to 2k, 15k to 20k"), "900 to 2k, 15k to 20k");
        assert_eq!(plain("steps in the 20 thousands"), "steps between 20000 and 29999");
    }

    #[test]
    fn units_of_other_countries_are_spelled_out() {
        assert_eq!(
            plain("waist over 35\", chest 40in"),
            "waist over 35 inches, chest 40 inches"
        );
        assert_eq!(plain("\"waist 35\""), "\"waist 35\"");
        assert_eq!(
            plain("14 st 5, 12st3lb, the 21st"),
            "14 stone 5, 12 stone 3 lb, the 21st"
        );
    }

    #[test]
    fn hostile_words_are_only_copied() {
        for word in ["<", "=", "h", ":", "\"", "-", "é:é", "1h", "9:é"] {
            assert!(!plain(&word.repeat(1000)).is_empty(), "{word}");
        }
        assert_eq!(plain(""), "");
    }
}
