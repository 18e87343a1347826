//! Arguments that are more than a text.

use purser_engine::{effect::Effect, ids::Kind};

/// `EFFECT=N`: how many of an effect may happen in this run.
pub(super) fn allowance(text: &str) -> Result<(Effect, u64), String> {
    let (word, number) = pair(text, "EFFECT=N, such as deactivate=40")?;
    // `create` allows that what a complete listing of the target lacks is made again.
    [Effect::Deactivate, Effect::Delete, Effect::Create]
        .into_iter()
        .find(|effect| effect.word() == word)
        .map(|effect| (effect, number))
        .ok_or_else(|| format!("`deactivate`, `delete` and `create` can be allowed, not `{word}`"))
}

/// `KIND=N`: how many objects a kind must have.
pub(super) fn expected_rows(text: &str) -> Result<(Kind, u64), String> {
    let (kind, number) = pair(text, "KIND=N, such as user=302")?;
    Ok((Kind::new(kind), number))
}

fn pair<'t>(text: &'t str, form: &str) -> Result<(&'t str, u64), String> {
    let (word, number) = text
        .split_once('=')
        .ok_or_else(|| format!("write {form}"))?;
    match number.parse() {
        Ok(number) if !word.is_empty() => Ok((word, number)),
        _ => Err(format!("write {form}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_names_an_effect_that_is_counted() {
        assert_eq!(
            allowance("deactivate=40").unwrap(),
            (Effect::Deactivate, 40)
        );
        assert_eq!(allowance("delete=0").unwrap(), (Effect::Delete, 0));
        for bad in [
            "",
            "delete",
            "delete=",
            "delete=x",
            "delete=-1",
            "=3",
            "rename=3",
        ] {
            assert!(allowance(bad).is_err(), "{bad}");
        }
        assert_eq!(expected_rows("user=302").unwrap(), (Kind::new("user"), 302));
    }
}
