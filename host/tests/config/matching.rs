//! `match`: what one mapping looks up, and what all mappings to a target do.

use purser_engine::ids::ResourceType;

use super::{MINIMAL, parse};

#[test]
fn what_is_looked_up_at_a_target_is_what_any_mapping_to_it_says() {
    let guests = r#"
[target.blog]
connector = "scim"
base_url = "http://127.0.0.1:8081/v2"
token = { env = "BLOG_TOKEN" }

[mapping.guests]
source = "drupal"
target = "wiki"
plugin = "attribute-map"
match = { User = ["emails.value", "userName"] }

[mapping.writers]
source = "drupal"
target = "blog"
plugin = "attribute-map"
match = { User = ["title"] }
"#;
    let config = parse(&format!("{MINIMAL}{guests}")).unwrap();
    let users = |target: &str| -> Vec<String> {
        let all = config.looked_up(&target.into());
        all[&ResourceType::user()]
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    assert_eq!(users("wiki"), ["externalId", "userName", "emails.value"]);
    assert_eq!(users("blog"), ["title"]);
}
