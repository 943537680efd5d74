//! Horizontal bars as SVG. What comes in: groups of numbers with names; what goes out: one picture of its own, which
//! needs no font or script from elsewhere. It never computes what it shows.

use std::fmt::Write;

/// Bars on one scale, under one heading.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// The heading; the unit belongs there.
    pub title: String,
    /// One below the other.
    pub bars: Vec<Bar>,
}

/// A number with its name.
#[derive(Clone, Debug)]
pub struct Bar {
    /// Whose number it is.
    pub name: String,
    /// At least 0.
    pub value: f64,
    /// What stands behind the bar.
    pub label: String,
    /// Where the number may lie, as low and high.
    pub interval: Option<(f64, f64)>,
    /// Whether it is ours.
    pub ours: bool,
}

/// Heights and widths in pixels.
const LINE: usize = 22;
const THICKNESS: usize = 16;
const LONGEST: f64 = 400.0;
const NAMES: usize = 300;

/// Draws the groups one below the other; the longest bar of a group has the same length in each, unless `most` says
/// what that length stands for.
pub fn svg(groups: &[Group], most: Option<f64>) -> String {
    let mut body = String::new();
    let mut y = 10;
    for group in groups {
        y += LINE;
        let _ = writeln!(
            body,
            r#"<text x="10" y="{y}" font-weight="bold">{}</text>"#,
            escaped(&group.title)
        );
        let of_group = group.bars.iter().map(|bar| bar.value).fold(0.0, f64::max);
        let most = most.unwrap_or(of_group).max(f64::MIN_POSITIVE);
        for bar in &group.bars {
            y += LINE;
            draw(&mut body, bar, y, most);
        }
    }
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="{}" font-family="sans-serif" font-size="13">
<rect width="100%" height="100%" fill="white"/>
{body}</svg>
"#,
        NAMES + LONGEST as usize + 120,
        y + LINE
    )
}

fn draw(body: &mut String, bar: &Bar, y: usize, most: f64) {
    let at = |value: f64| NAMES as f64 + LONGEST * (value / most).clamp(0.0, 1.0);
    let (baseline, top) = (y - 5, y - LINE + 4);
    let color = if bar.ours { "#1b7f5c" } else { "#9aa5b1" };
    let _ = writeln!(
        body,
        r#"<text x="{}" y="{baseline}" text-anchor="end">{}</text>"#,
        NAMES - 10,
        escaped(&bar.name)
    );
    let _ = writeln!(
        body,
        r#"<rect x="{NAMES}" y="{top}" width="{:.1}" height="{THICKNESS}" fill="{color}"/>"#,
        at(bar.value) - NAMES as f64
    );
    let mut end = at(bar.value);
    if let Some((low, high)) = bar.interval {
        let middle = top + THICKNESS / 2;
        let (low, high) = (at(low), at(high));
        let _ = writeln!(
            body,
            r##"<path d="M{low:.1} {middle}H{high:.1}M{low:.1} {top}v{THICKNESS}M{high:.1} {top}v{THICKNESS}" stroke="#333"/>"##
        );
        end = end.max(high);
    }
    let _ = writeln!(
        body,
        r#"<text x="{:.1}" y="{baseline}">{}</text>"#,
        end + 6.0,
        escaped(&bar.label)
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(name: &str, value: f64) -> Bar {
        Bar {
            name: name.to_string(),
            value,
            label: format!("{value:.2}"),
            interval: None,
            ours: false,
        }
    }

    #[test]
    fn the_longest_bar_of_each_group_has_the_full_length() {
        let group = |values: [f64; 2]| Group {
            title: "speed".to_string(),
            bars: values.map(|value| bar("one", value)).into(),
        };
        let picture = svg(&[group([2.0, 1.0]), group([0.0, 30.0])], None);
        assert_eq!(picture.matches(r#"width="400.0""#).count(), 2);
        assert_eq!(picture.matches(r#"width="200.0""#).count(), 1);
        let scaled = svg(&[group([2.0, 1.0])], Some(4.0));
        assert!(scaled.contains(r#"width="200.0""#) && scaled.contains(r#"width="100.0""#));
    }

    #[test]
    fn names_cannot_break_the_picture_and_nothing_is_a_picture_too() {
        let group = Group {
            title: "a < b & c".to_string(),
            bars: vec![Bar {
                interval: Some((0.5, 2.0)),
                ..bar("</svg>", 1.0)
            }],
        };
        let picture = svg(&[group], None);
        assert_eq!(picture.matches("</svg>").count(), 1);
        assert!(picture.contains("a &lt; b &amp; c"));
        assert!(svg(&[], None).starts_with("<svg"));
        assert!(svg(&[Group::default()], None).ends_with("</svg>\n"));
        let of_zero = Group {
            title: String::new(),
            bars: vec![bar("none", 0.0)],
        };
        assert!(!svg(&[of_zero], None).contains("NaN"));
    }
}
