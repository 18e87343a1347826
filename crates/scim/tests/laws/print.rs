//! What is printed reads back as the same value.

use proptest::prelude::*;
use purser_scim::{AttrPath, Filter, Path, filter::Limits};

use super::{config, values};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn filters(filter in values::filter()) {
        let text = filter.to_string();
        prop_assert_eq!(Filter::parse_with(&text, generous()), Ok(filter), "{}", text);
    }

    #[test]
    fn attribute_paths(path in values::attr_path()) {
        prop_assert_eq!(path.to_string().parse::<AttrPath>(), Ok(path));
    }

    #[test]
    fn patch_paths(path in values::path()) {
        let text = path.to_string();
        if text.len() < Limits::default().bytes {
            prop_assert_eq!(text.parse::<Path>(), Ok(path), "{}", text);
        }
    }
}

/// Generated texts may be long; the budget has tests of its own.
fn generous() -> Limits {
    Limits {
        bytes: usize::MAX,
        ..Limits::default()
    }
}
