//! Whose days are searched. What comes in: ids of users; what goes out: whether a day is one of theirs. It does not know
//! who is there.

use std::fmt;
use std::sync::Arc;

/// Whose days are searched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Whose {
    /// Every user's.
    #[default]
    Everybody,
    /// Those of any of these.
    Only(Vec<Arc<str>>),
    /// Those of all others.
    Except(Vec<Arc<str>>),
}

impl Whose {
    /// One user's days.
    pub(super) fn of(user_id: &str) -> Whose {
        Whose::Only(vec![Arc::from(user_id)])
    }

    /// Whether this user's days are searched.
    pub(super) fn holds(&self, user_id: &str) -> bool {
        let is_named = |users: &[Arc<str>]| users.iter().any(|user| **user == *user_id);
        match self {
            Whose::Everybody => true,
            Whose::Only(users) => is_named(users),
            Whose::Except(users) => !is_named(users),
        }
    }

    /// The only users whose days are searched; `None` where they are everybody, or all but a few.
    pub(super) fn only(&self) -> Option<&[Arc<str>]> {
        match self {
            Whose::Only(users) => Some(users),
            Whose::Everybody | Whose::Except(_) => None,
        }
    }
}

/// For people.
impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Whose::Everybody => f.write_str("every user"),
            Whose::Only(users) => write!(f, "user {}", users.join(", ")),
            Whose::Except(users) => write!(f, "not user {}", users.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_all_others_or_everybody() {
        let two = || vec![Arc::from("anna"), Arc::from("ben")];
        let held = |whose: Whose| ["anna", "ben", "carl"].map(|user| whose.holds(user));
        assert_eq!(held(Whose::Everybody), [true; 3]);
        assert_eq!(held(Whose::Only(two())), [true, true, false]);
        assert_eq!(held(Whose::Except(two())), [false, false, true]);
        assert_eq!(held(Whose::of("carl")), [false, false, true]);
        assert_eq!(Whose::Only(two()).to_string(), "user anna, ben");
        assert_eq!(Whose::Except(two()).to_string(), "not user anna, ben");
    }
}
