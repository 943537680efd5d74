//! Files that are empty, compressed badly, or something else altogether; and folders that lack some.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_files;
mod harness;

use std::path::Path;

use bad_files::{BadFile, cost_of, good, reading, survivors};
use harness::forms::{Compression, Form};

#[test]
fn an_array_without_its_bracket_is_one_reject_of_the_file() {
    for form in [Form::Pretty("  "), Form::OneLine, Form::RecordPerLine] {
        let content = form.file_of_texts(&[good(form, "a"), good(form, "b")]);
        let end = content.rfind('}').unwrap() + 1;
        for tail in ["", "\n", ",\n  "] {
            let cost = cost_of("heart_rate.json", format!("{}{tail}", &content[..end]).as_bytes());
            assert_eq!(cost.users, ["a", "b"], "{form:?} {tail:?}");
            assert_eq!(cost.code, Some(3), "{form:?} {tail:?}");
            let whole: Vec<_> = cost.rejects.iter().filter(|reject| reject.record.is_none()).collect();
            assert!(!whole.is_empty(), "{form:?} {tail:?}: {:?}", cost.rejects);
            if tail.trim().is_empty() {
                assert_eq!(cost.rejects.len(), 1, "{form:?} {tail:?}: {:?}", cost.rejects);
                assert_eq!(whole[0].byte_offset, 0, "{form:?} {tail:?}");
            }
        }
    }
}

/// One reject of the file as a whole; `words` are those of which its detail holds one.
fn assert_one_reject_of_the_file(name: &str, content: &[u8], words: &[&str]) {
    let cost = cost_of(name, content);
    assert_eq!(cost.code, Some(3), "{name} {words:?}");
    assert!(cost.users.is_empty(), "{name} {words:?}: {:?}", cost.users);
    assert_eq!(cost.rejects.len(), 1, "{name} {words:?}: {:?}", cost.rejects);
    let reject = &cost.rejects[0];
    assert_eq!((reject.record, reject.byte_offset), (None, 0), "{reject:?}");
    let told = format!("{} {}", reject.reason, reject.detail).to_lowercase();
    assert!(words.iter().any(|word| told.contains(word)), "{words:?}: {reject:?}");
}

#[test]
fn a_file_that_is_something_else_is_one_reject_that_says_what() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
    assert_one_reject_of_the_file("heart_rate.json", b"", &["empty"]);
    assert_one_reject_of_the_file("heart_rate.json", b" \n\t\r\n ", &["empty"]);
    assert_one_reject_of_the_file("heart_rate.ndjson", b"", &["empty"]);
    assert_one_reject_of_the_file("heart_rate.json", "\u{feff}".as_bytes(), &["empty"]);
    assert_one_reject_of_the_file("heart_rate.json", b"[", &["truncated", "cut", "ends"]);
    assert_one_reject_of_the_file("heart_rate.json", pointer.as_bytes(), &["pointer", "lfs"]);
    assert_one_reject_of_the_file(
        "heart_rate.json",
        b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4F\x02\0!\x01",
        &["xz", "compress"],
    );
    assert_one_reject_of_the_file("heart_rate.json", b"BZh91AY&SY\x19\xa0\xc8\x11", &["bzip", "compress"]);
    assert_one_reject_of_the_file("heart_rate.json", b"PK\x03\x04\x14\0\0\0\x08\0", &["zip", "compress"]);
    for scalar in ["42", "\"text\"", "null", "true", "-1.5e3"] {
        assert_one_reject_of_the_file("heart_rate.json", scalar.as_bytes(), &["top", "type", "begin"]);
    }
    assert_one_reject_of_the_file(
        "heart_rate.json",
        b"user_id,date,value\nu,2025-01-01,60\n",
        &["top", "type", "begin"],
    );
    assert_one_reject_of_the_file(
        "heart_rate.json",
        b"<html><body>404</body></html>",
        &["top", "type", "begin"],
    );
}

#[test]
fn an_object_around_the_array_is_another_top_level_type() {
    let records = [
        reading("u", "\"2025-01-01\"", "60"),
        reading("v", "\"2025-01-01\"", "61"),
    ];
    for content in [
        format!("{{\"data\":[{}]}}", records.join(",")),
        format!("{{\n  \"data\": [\n    {}\n  ]\n}}\n", records.join(",\n    ")),
        format!(
            "{{\n  \"count\": 2,\n  \"data\":\n  [\n  {}\n  ]\n}}\n",
            records.join(",\n  ")
        ),
    ] {
        assert_one_reject_of_the_file("heart_rate.json", content.as_bytes(), &["top", "type", "object"]);
    }
}

#[test]
fn an_ndjson_record_may_begin_with_an_array_of_objects() {
    let next = format!("\n{}\n", good(Form::Ndjson, "b"));
    for key in ["user_id", r"user\u005fid"] {
        let first = format!(r#"{{"laps":[{{"km":1}},{{"km":2}}],"{key}":"a","date":"2025-01-01","value":60}}"#);
        for rest in ["", "\n", &next] {
            let cost = cost_of("heart_rate.ndjson", format!("{first}{rest}").as_bytes());
            assert_eq!(cost.code, Some(0), "{key} {rest:?}: {:?}", cost.rejects);
            assert!(cost.users.contains(&"a".to_string()), "{key} {rest:?}");
        }
    }
}

#[test]
fn a_bad_first_line_of_ndjson_costs_no_neighbour() {
    for first in [
        r#"{"laps":[{"km":1}]}"#,
        r#"{"date":"2025-01-01","laps":[{"km":1}],"value":60}"#,
        r#"{"laps":[{"km":1},{"user_id":"x""#,
        "{",
        "{}",
    ] {
        let content = format!("{first}\n{}\n{}\n", good(Form::Ndjson, "a"), good(Form::Ndjson, "b"));
        let cost = cost_of("heart_rate.ndjson", content.as_bytes());
        assert_eq!(cost.users, ["a", "b"], "{first}: {:?}", cost.rejects);
        let records: Vec<Option<usize>> = cost.rejects.iter().map(|reject| reject.record).collect();
        assert_eq!(records, [Some(0)], "{first}: {:?}", cost.rejects);
    }
}

#[test]
fn blank_lines_in_ndjson_are_nothing() {
    let [before, after] = ["before", "after"].map(|user| reading(user, "\"2025-01-01\"", "60"));
    let cost = cost_of("heart_rate.ndjson", format!("\n{before}\r\n\r\n  \n{after}").as_bytes());
    assert_eq!(cost.users, ["after", "before"], "{:?}", cost.rejects);
    assert_eq!(cost.code, Some(0));
}

#[test]
fn an_empty_array_is_no_fault() {
    for content in ["[]", "[ \n ]\n", "\u{feff}[]"] {
        let cost = cost_of("heart_rate.json", content.as_bytes());
        assert_eq!(cost.code, Some(0), "{content:?}: {:?}", cost.rejects);
    }
}

/// Many readings, so that a compressed stream holds several blocks.
fn many_records(form: Form) -> String {
    let texts: Vec<String> = (0..40_000)
        .map(|number| good(form, &format!("u{}", number * 7919 % 10_007)))
        .collect();
    form.file_of_texts(&texts)
}

#[test]
fn of_a_broken_stream_what_was_decompressed_counts() {
    let content = many_records(Form::Pretty("  "));
    for compression in [Compression::Gzip, Compression::Zstd] {
        let whole = compression.compress(content.as_bytes());
        let mut flipped = whole.clone();
        let middle = flipped.len() * 2 / 3;
        for byte in &mut flipped[middle..middle + 64] {
            *byte ^= 0xa5;
        }
        let name = format!("heart_rate.json{}", compression.ending());
        for (fault, bytes) in [("cut", &whole[..whole.len() * 2 / 3]), ("flipped", &flipped[..])] {
            let cost = cost_of(&name, bytes);
            assert_eq!(cost.code, Some(3), "{compression:?} {fault}");
            assert!(
                cost.users.len() > 1000,
                "{compression:?} {fault}: {} users",
                cost.users.len()
            );
            let of_file = cost.rejects.iter().filter(|reject| reject.record.is_none()).count();
            assert_eq!(of_file, 1, "{compression:?} {fault}: {:?}", cost.rejects);
            if fault == "cut" {
                assert!(cost.rejects.len() <= 2, "{compression:?}: {:?}", cost.rejects);
            }
        }
    }
}

#[test]
fn a_stream_without_its_checksum_gives_every_record_and_one_reject() {
    let content = many_records(Form::Ndjson);
    let whole = Compression::Gzip.compress(content.as_bytes());
    let cost = cost_of("heart_rate.json.gz", &whole[..whole.len() - 8]);
    assert_eq!(cost.users.len(), 10_007);
    assert_eq!(cost.rejects.len(), 1, "{:?}", cost.rejects);
    assert_eq!((cost.rejects[0].record, cost.rejects[0].byte_offset), (None, 0));
}

#[test]
fn a_stream_of_noise_is_one_reject() {
    for magic in [&b"\x1f\x8b\x08\0"[..], b"\x28\xb5\x2f\xfd"] {
        let content = [magic, &[0xa5; 300][..]].concat();
        assert_one_reject_of_the_file(
            "heart_rate.json",
            &content,
            &["gzip", "zstd", "compress", "stream", "decompress"],
        );
    }
}

#[test]
fn streams_of_several_members_are_read_to_their_end() {
    for compression in [Compression::Gzip, Compression::Zstd] {
        let stream: Vec<u8> = ["a", "b", "c"]
            .iter()
            .flat_map(|user| compression.compress(format!("{}\n", good(Form::Ndjson, user)).as_bytes()))
            .collect();
        let cost = cost_of(&format!("heart_rate.ndjson{}", compression.ending()), &stream);
        assert_eq!(cost.users, ["a", "b", "c"], "{compression:?}");
        assert_eq!(cost.code, Some(0), "{compression:?}: {:?}", cost.rejects);
    }
}

#[test]
fn content_decides_the_form_and_not_the_name() {
    let pretty = Form::Pretty("  ").file_of_texts(&[good(Form::Pretty("  "), "a")]);
    let ndjson = Form::Ndjson.file_of_texts(&[good(Form::Ndjson, "a")]);
    for name in [
        "heart_rate.json",
        "heart_rate.ndjson",
        "heart_rate.json.gz",
        "heart_rate.ndjson.zst",
    ] {
        for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
            for text in [&pretty, &ndjson] {
                let cost = cost_of(name, &compression.compress(text.as_bytes()));
                assert_eq!(cost.users, ["a"], "{name} {compression:?}: {:?}", cost.rejects);
                assert_eq!(cost.code, Some(0), "{name} {compression:?}");
            }
        }
    }
}

#[test]
fn missing_files_are_warnings() {
    let file = BadFile::new(
        "sleep.json",
        br#"[{"user_id":"a","date":"2025-01-01","total_sleep":7}]"#,
    );
    for path in [file.path(), file.path().parent().unwrap()] {
        let outcome = harness::ingest(&[path], &[]);
        assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
        assert_eq!(survivors(&outcome), ["a"]);
    }
}

#[test]
fn without_a_readable_data_file_the_run_fails() {
    let users = br#"[{"user_id":"a","name":"User 1","age":30}]"#;
    for (name, content) in [
        ("users.json", &users[..]),
        ("heart_rate.json", b""),
        ("heart_rate.json", b"42"),
        ("heart_rate.json", b"\xfd7zXZ\0"),
        ("notes.txt", b"nothing here"),
    ] {
        let file = BadFile::new(name, content);
        let outcome = harness::ingest(&[file.path().parent().unwrap()], &[]);
        assert_eq!(outcome.code, Some(1), "{name}: {}", outcome.stderr);
        assert!(outcome.documents.is_none(), "{name}");
        assert!(!outcome.stderr.is_empty(), "{name}: the run does not say why it failed");
        assert_eq!(outcome.report.unwrap()["exit_code"], 1, "{name}");
    }
}

#[test]
fn the_same_file_by_two_paths_counts_once() {
    let file = BadFile::new("heart_rate.json", format!("[{}]", good(Form::OneLine, "a")).as_bytes());
    let dir = file.path().parent().unwrap();
    let link = dir.join("link");
    std::os::unix::fs::symlink(dir, &link).unwrap();
    let detour = dir
        .join("link")
        .join("..")
        .join(dir.file_name().unwrap())
        .join("heart_rate.json");
    let paths: [&Path; 5] = [dir, file.path(), file.path(), &link, &detour];
    let outcome = harness::ingest(&paths, &[]);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(outcome.lines().len(), 1);
    assert!(outcome.lines()[0].contains("\"records\":1,"), "{}", outcome.lines()[0]);
}

#[test]
fn files_of_the_same_kind_are_all_read() {
    let dir = tempfile::tempdir().unwrap();
    for (number, name) in [
        "heart_rate.json",
        "heart_rate.ndjson",
        "heart_rate.json.gz",
        "heart_rate.ndjson.zst",
    ]
    .iter()
    .enumerate()
    {
        std::fs::write(
            dir.path().join(name),
            format!("[{}]", good(Form::OneLine, &format!("u{number}"))),
        )
        .unwrap();
    }
    let outcome = harness::ingest(&[dir.path()], &[]);
    assert_eq!(survivors(&outcome), ["u0", "u1", "u2", "u3"], "{}", outcome.stderr);
}

#[test]
fn the_same_data_in_two_folders_counts_twice() {
    let [one, other] =
        [0, 1].map(|_| BadFile::new("heart_rate.json", format!("[{}]", good(Form::OneLine, "a")).as_bytes()));
    let outcome = harness::ingest(&[one.path().parent().unwrap(), other.path()], &[]);
    assert_eq!(outcome.lines().len(), 1);
    assert!(outcome.lines()[0].contains("\"records\":2,"), "{}", outcome.lines()[0]);
}
