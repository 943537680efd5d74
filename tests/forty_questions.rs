//! Forty questions as a person would ask them, and what comes of them: `src/search/forty_questions.md`.
//!
//! `cargo test --release --test forty_questions -- --ignored` writes the page anew. Nobody chose the answers: questions that
//! are misunderstood stay in.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod harness;

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

const QUESTIONS: [&str; 40] = [
    "nights I slept badly after a hard workout",
    "when did I sleep like a baby?",
    "days with less than five hours of sleep",
    "nights I kept waking up",
    "I went to bed way too late",
    "my worst night",
    "mornings I was up before six",
    "nights with hardly any deep sleep in July",
    "days my resting heart rate was above 75",
    "when was my ticker racing at rest",
    "highest heart rate ever",
    "days my pulse was all over the place",
    "a run in the rain",
    "my longest run",
    "the three days I walked the most",
    "over 15,000 steps",
    "couch potato days",
    "days without any exercise",
    "days without sleep data",
    "brutal training sessions last month",
    "yoga on a Monday",
    "a long bike ride at the weekend",
    "swimming in August but not in the rain",
    "leg day",
    "ate like a horse",
    "days I hardly ate anything",
    "high protein and low carb",
    "too much salt the day after a rest day",
    "skipped breakfast",
    "days with more than 3000 kcal",
    "less sleep than usual and more steps than usual",
    "clearly higher resting pulse than normal",
    "the first time I ran more than 10 km",
    "the night after I overate",
    "did I sleep well after yoga?",
    "days I did not eat much but trained hard",
    "my lightest weigh-in",
    "between 3 and 9 May",
    "what did I do yesterday",
    "when was I happy?",
];

#[test]
#[ignore = "writes a page of the docs"]
fn the_page_of_forty_questions_is_written_anew() {
    if !harness::has_model() {
        return;
    }
    let data = harness::generated(3, 180);
    let store = data.path().join("days.db");
    let target = format!("sqlite:{}", store.display());
    run(&["ingest", data.path().to_str().unwrap(), "--to", &target, "--quiet"]);
    let mut page = String::from(
        "# Forty questions\n\nAsked of `user_000001` in the data of `vitalvec generate DIR --users 3 --days 180`, whose newest day is \
         2025-09-11. What was\nunderstood stands below each question, then the first three answers with the facts that matched.\n\
         Good and bad alike;\n`cargo test --release --test forty_questions -- --ignored` writes this page.\n",
    );
    for (number, question) in QUESTIONS.iter().enumerate() {
        let arguments = [
            "search",
            question,
            "--in",
            &target,
            "--user",
            "user_000001",
            "-k",
            "3",
            "--json",
        ];
        let answer: Value = serde_json::from_str(&run(&arguments)).unwrap();
        let understood = texts(&answer["understood"]);
        let understood = if understood.is_empty() {
            "nothing; the nearest days".to_string()
        } else {
            understood
        };
        writeln!(page, "\n## {}. {question}\n\nUnderstood: {understood}\n", number + 1).unwrap();
        let results = answer["results"].as_array().unwrap();
        for result in results {
            let (date, matched) = (result["date"].as_str().unwrap(), texts(&result["matched"]));
            writeln!(page, "- {date}: {}", if matched.is_empty() { "-" } else { &matched }).unwrap();
        }
        if results.is_empty() {
            page.push_str("- no day\n");
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/search/forty_questions.md");
    std::fs::write(path, page).unwrap();
}

fn run(arguments: &[&str]) -> String {
    let output = harness::vitalvec().args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn texts(list: &Value) -> String {
    let texts = list
        .as_array()
        .unwrap()
        .iter()
        .map(|text| text.as_str().unwrap().to_string());
    texts.collect::<Vec<_>>().join("; ")
}
