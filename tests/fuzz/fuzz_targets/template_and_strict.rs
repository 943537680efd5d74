//! Whatever the bytes of a chunk, the template path gives the rows and rejects of the strict path.
//!
//! The first byte of the input chooses kind, form and end; the rest is the chunk, read twice by the same readers, so that
//! layouts learned from the first reading meet the second.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use vitalvec::columns::{Interner, Symbols};
use vitalvec::parse::{ChunkEnd, ChunkInput, Expecting, Form, RowReader, parse_chunk};
use vitalvec::record::RecordKind;

fuzz_target!(|data: &[u8]| {
    let Some((choice, bytes)) = data.split_first() else { return };
    let kind = RecordKind::ALL[usize::from(choice & 7) % RecordKind::ALL.len()];
    let form = if choice & 8 == 0 { Form::Array } else { Form::Lines };
    let end = if choice & 16 == 0 { ChunkEnd::File } else { ChunkEnd::More };
    let input = ChunkInput {
        bytes,
        form,
        opens_a_line: choice & 32 == 0,
        expecting: Expecting::FirstOrEnd,
        end,
    };
    let (users, texts) = (Arc::new(Interner::of_users()), Arc::new(Interner::of_words()));
    let symbols = |shared: &Arc<Interner>| Symbols::new(Arc::clone(shared));
    let mut strict = RowReader::strict(kind, symbols(&users), symbols(&texts));
    let mut fast = RowReader::new(kind, symbols(&users), symbols(&texts));
    for _ in 0..2 {
        let (expected, found) = (parse_chunk(&input, &mut strict), parse_chunk(&input, &mut fast));
        assert!(found == expected, "{found:#?}\n{expected:#?}");
    }
});
