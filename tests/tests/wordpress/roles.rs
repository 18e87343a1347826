//! Roles of WordPress, as groups.

use anyhow::Result;
use purser_tests::purser::TARGET;
use serde_json::Value;

use super::support::{Blog, DONE, PARKED, person};

/// Many people in many roles, written by several workers at once: a list of roles is
/// replaced as a whole, and nobody's change is lost in another's.
#[test]
fn many_roles_of_many_people_at_once() -> Result<()> {
    let mut blog = Blog::new()?;
    blog.purser.set(&["target", TARGET, "workers"], 4)?;
    let roles = [
        "Editor",
        "Author",
        "Contributor",
        "Moderator",
        "Translator",
        "Shop manager",
    ];
    let mut expected: Vec<String> = roles
        .iter()
        .map(|role| super::support::slug(role))
        .collect();
    expected.sort();
    let people: Vec<Value> = (1..=12)
        .map(|id| person(id, &format!("p{id}"), &roles))
        .collect();
    blog.put(&people, &roles)?;
    blog.run(DONE)?;
    for id in 1..=12 {
        assert_eq!(blog.roles(&format!("p{id}"))?, expected);
    }
    blog.at_rest(DONE)?;

    // All but one go again.
    let people: Vec<Value> = (1..=12)
        .map(|id| person(id, &format!("p{id}"), &["Author"]))
        .collect();
    blog.put(&people, &roles)?;
    blog.run(DONE)?;
    for id in 1..=12 {
        assert_eq!(blog.roles(&format!("p{id}"))?, ["author"]);
    }
    blog.at_rest(DONE)
}

#[test]
fn a_role_is_neither_made_nor_renamed_nor_removed() -> Result<()> {
    let mut blog = Blog::new()?;
    blog.put(
        &[person(1, "ann", &["Editor", "Astronaut"])],
        &["Editor", "Astronaut", "Premium — ✨"],
    )?;
    blog.run(PARKED)?;
    let why = blog.parked("role:astronaut")?;
    assert!(why.contains("WordPress has no such role"), "{why}");
    assert_eq!(blog.roles("ann")?, ["editor"]);

    // The roles are gone at the source, and she has none: hers is taken, the site's stay.
    blog.put(&[person(1, "ann", &[])], &["Premium — ✨"])?;
    blog.run(DONE)?;
    assert_eq!(blog.roles("ann")?, ["subscriber"]);
    let there = blog.site.eval("return null !== get_role( 'editor' );")?;
    assert_eq!(there, true);
    blog.at_rest(DONE)
}
