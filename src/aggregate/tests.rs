//! CPU, twin and shader are one: compared word by word, on random series and at every limit.
//!
//! Without an adapter the comparison with the shader is skipped, unless `VITALVEC_TEST_REQUIRE_GPU` is 1, as in CI,
//! where Mesa's software adapter (lavapipe) stands in.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::RefCell;
use std::mem::offset_of;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::pieces::Sizes;
use super::twins::{Twins, run};
use super::wgpu::Wgpu;
use super::words::{Params, Row, Segment, UsualParams, UsualRow};
use super::work::{Executor, Kernel, OnDevice, Work};
use super::{AggregateError, Aggregator, Cpu, Series, Windows};
use crate::columns::NULL;

/// The smallest workgroup that finds five percentiles, and the usual one.
static DEVICES: LazyLock<Vec<Wgpu>> = LazyLock::new(|| {
    let opened: Result<Vec<Wgpu>, AggregateError> = [8, 64].map(|size| Wgpu::open(true, size)).into_iter().collect();
    match opened {
        Ok(devices) => devices,
        Err(error) if std::env::var("VITALVEC_TEST_REQUIRE_GPU").is_ok_and(|required| required == "1") => {
            panic!("VITALVEC_TEST_REQUIRE_GPU is 1, but {error}")
        }
        Err(error) => {
            skipped(&error);
            Vec::new()
        }
    }
});

#[expect(clippy::print_stderr, reason = "a skipped test says why")]
fn skipped(error: &AggregateError) {
    eprintln!("shaders are not tested: {error}");
}

/// Runs work on a device and compares every word with the twin's.
struct LikeTwin(&'static Wgpu);

impl Executor for LikeTwin {
    fn execute(
        &self,
        count: usize,
        work: &mut dyn FnMut(usize) -> Work,
        take: &mut dyn FnMut(usize, &[u8]),
    ) -> Result<(), AggregateError> {
        let expected = RefCell::new(Vec::new());
        let mut kept = |index: usize| {
            let work = work(index);
            expected.borrow_mut().push(run(&work));
            work
        };
        let mut compared = |index: usize, output: &[u8]| {
            let words = |bytes: &[u8]| bytemuck::pod_collect_to_vec::<u8, u32>(bytes);
            assert_eq!(words(output), words(&expected.borrow()[index]), "chunk {index}");
            take(index, output);
        };
        self.0.execute(count, &mut kept, &mut compared)
    }
}

impl Executor for &'static Wgpu {
    fn execute(
        &self,
        count: usize,
        work: &mut dyn FnMut(usize) -> Work,
        take: &mut dyn FnMut(usize, &[u8]),
    ) -> Result<(), AggregateError> {
        Wgpu::execute(self, count, work, take)
    }
}

/// Every way there is to compute, with these sizes.
fn aggregators(sizes: Sizes) -> Vec<Box<dyn Aggregator>> {
    let mut all: Vec<Box<dyn Aggregator>> = vec![Box::new(OnDevice { executor: Twins, sizes })];
    for device in DEVICES.iter() {
        let executor = LikeTwin(device);
        all.push(Box::new(OnDevice { executor, sizes }));
    }
    all
}

fn assert_all_agree(segments: &[Vec<i32>], sizes: Sizes) {
    let values = segments.concat();
    let mut bounds = vec![0];
    bounds.extend(segments.iter().scan(0, |end, segment| {
        *end += segment.len();
        Some(*end)
    }));
    let series = Series::new(&values, &bounds);
    let totals = Cpu.totals(&[series, series]).unwrap();
    let distributions = Cpu.distributions(&series).unwrap();
    for aggregator in aggregators(sizes) {
        assert_eq!(aggregator.totals(&[series, series]).unwrap(), totals);
        assert_eq!(aggregator.distributions(&series).unwrap(), distributions);
    }
}

fn assert_usuals_agree(values: &[i64], starts: &[usize], sizes: Sizes) {
    let windows = Windows::new(values, starts);
    let usuals = Cpu.usuals(&windows).unwrap();
    for aggregator in aggregators(sizes) {
        assert_eq!(aggregator.usuals(&windows).unwrap(), usuals);
    }
}

fn value() -> impl Strategy<Value = i32> {
    prop_oneof![
        5 => (40i32..200).prop_map(|bpm| bpm * 1000),
        1 => Just(NULL),
    ]
}

fn any_value() -> impl Strategy<Value = i32> {
    prop_oneof![
        Just(NULL),
        Just(i32::MAX),
        Just(i32::MIN + 1),
        Just(0),
        -2_000_000_000i32..=2_000_000_000,
        -300i32..300,
    ]
}

fn segment(value: impl Strategy<Value = i32> + Clone + 'static) -> impl Strategy<Value = Vec<i32>> {
    let same = (value.clone(), 0usize..100).prop_map(|(value, count)| vec![value; count]);
    let lengths = prop_oneof![4 => 0usize..20, 1 => 0usize..400];
    let mixed = lengths.prop_flat_map(move |length| prop::collection::vec(value.clone(), length));
    prop_oneof![1 => same, 6 => mixed]
}

fn sizes() -> impl Strategy<Value = Sizes> {
    (1usize..1000, 1usize..40, 1usize..300, 0usize..60).prop_map(
        |(chunk_values, chunk_segments, tile_values, short_values)| Sizes {
            chunk_values,
            chunk_segments,
            tile_values,
            short_values,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn readings_give_the_same_words_everywhere(
        segments in prop::collection::vec(segment(value().boxed()), 0..30), sizes in sizes(),
    ) {
        assert_all_agree(&segments, sizes);
    }

    #[test]
    fn any_values_give_the_same_words_everywhere(
        segments in prop::collection::vec(segment(any_value().boxed()), 0..30), sizes in sizes(),
    ) {
        assert_all_agree(&segments, sizes);
    }

    #[test]
    fn rolling_usuals_give_the_same_words_everywhere(
        values in prop_oneof![
            prop::collection::vec(prop_oneof![any::<i64>().prop_map(|value| value / 2), -9i64..9], 0..120),
            prop::collection::vec(prop_oneof![any::<i32>().prop_map(i64::from), -9i64..9], 0..120),
        ],
        steps in prop::collection::vec(0usize..3, 120),
        sizes in sizes(),
    ) {
        let mut start = 0;
        let starts: Vec<usize> = (0..values.len()).map(|index| {
            start = (start + steps[index]).min(index).max(index.saturating_sub(28));
            start
        }).collect();
        assert_usuals_agree(&values, &starts, sizes);
    }
}

#[test]
fn nothing_at_all_is_no_segments() {
    assert_all_agree(&[], Sizes::USUAL);
    assert_all_agree(&[vec![]], Sizes::USUAL);
    assert_all_agree(&[vec![], vec![NULL; 50], vec![]], Sizes::USUAL);
    assert_usuals_agree(&[], &[], Sizes::USUAL);
}

#[test]
fn more_segments_than_one_dimension_of_workgroups() {
    let segments: Vec<Vec<i32>> = (0..70_000).map(|index| vec![index; (index % 3) as usize]).collect();
    let sizes = Sizes {
        short_values: 0,
        ..Sizes::USUAL
    };
    assert_all_agree(&segments, sizes);
}

/// The same numbers in every run, spread over `range`.
fn noise(count: usize, range: u64) -> Vec<i32> {
    let mut state = 7u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % range) as i32 - (range / 2) as i32
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn a_day_from_a_real_watch_and_a_segment_longer_than_a_workgroup_takes() {
    let sizes = Sizes {
        chunk_values: 100_000,
        ..Sizes::USUAL
    };
    assert_all_agree(
        &[noise(90_000, 160), vec![5], noise(220_000, 200_000), noise(40, 9)],
        sizes,
    );
}

/// 34 million values of four bytes are 136 MB; the largest binding that every device has is 128 MiB.
fn more_than_a_binding() -> Vec<i32> {
    noise(34_000_000, 1 << 31)
}

#[test]
fn more_than_one_binding_holds() {
    // One device and no twin: word by word it takes minutes on a software adapter.
    let Some(device) = DEVICES.last() else { return };
    let values = more_than_a_binding();
    let bounds: Vec<usize> = (0..=values.len()).step_by(250).collect();
    let series = Series::new(&values, &bounds);
    let sizes = Sizes::USUAL;
    let on_device = OnDevice {
        executor: device,
        sizes,
    };
    assert!(on_device.distributions(&series).unwrap() == Cpu.distributions(&series).unwrap());
}

#[test]
#[ignore = "takes minutes on a software adapter: run it by name"]
fn more_than_one_binding_holds_word_by_word() {
    let segments: Vec<Vec<i32>> = more_than_a_binding().chunks(250).map(<[i32]>::to_vec).collect();
    assert_all_agree(&segments, Sizes::USUAL);
}

#[test]
fn rust_and_wgsl_agree_on_every_layout() {
    let segment = [
        offset_of!(Segment, begin),
        offset_of!(Segment, length),
        offset_of!(Segment, slot),
    ];
    let params = [
        offset_of!(Params, count),
        offset_of!(Params, width),
        offset_of!(Params, levels),
        offset_of!(Params, shift),
    ];
    let row = [
        offset_of!(Row, count),
        offset_of!(Row, min),
        offset_of!(Row, max),
        offset_of!(Row, sum),
        offset_of!(Row, squares),
        offset_of!(Row, percentiles),
    ];
    for kernel in [Kernel::Short, Kernel::Long, Kernel::Histogram] {
        assert_layout(kernel, "Params", &params, size_of::<Params>());
        assert_layout(kernel, "Segment", &segment, size_of::<Segment>());
        assert_layout(kernel, "Row", &row, size_of::<Row>());
    }
    let params = [
        offset_of!(UsualParams, count),
        offset_of!(UsualParams, first),
        offset_of!(UsualParams, fewest),
        offset_of!(UsualParams, padding),
    ];
    let row = [
        offset_of!(UsualRow, found),
        offset_of!(UsualRow, twice_median),
        offset_of!(UsualRow, lower_quartile),
        offset_of!(UsualRow, upper_quartile),
    ];
    assert_layout(Kernel::Usual, "UsualParams", &params, size_of::<UsualParams>());
    assert_layout(Kernel::Usual, "UsualRow", &row, size_of::<UsualRow>());
}

/// Compares the members' offsets and the size of a struct with those that naga computes for the shader.
fn assert_layout(kernel: Kernel, name: &str, offsets: &[usize], size: usize) {
    let (file, source) = kernel.source();
    let module = naga::front::wgsl::parse_str(&source).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut types = module.types.iter().map(|(_, of)| of);
    let found = types.find(|of| of.name.as_deref() == Some(name));
    let Some(naga::TypeInner::Struct { members, span }) = found.map(|of| &of.inner) else {
        panic!("{file} has no struct {name}");
    };
    let in_shader: Vec<usize> = members.iter().map(|member| member.offset as usize).collect();
    assert_eq!(
        (in_shader.as_slice(), *span as usize),
        (offsets, size),
        "{file}: {name}"
    );
}
