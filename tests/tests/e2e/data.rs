//! The sample data itself.

use std::fs;

use anyhow::Result;
use purser_tests::dataset::Dataset;

#[test]
fn the_example_is_what_the_generator_makes() -> Result<()> {
    let (example, made) = (Dataset::drupal_300()?, Dataset::generated(300, 3)?);
    for entry in fs::read_dir(made.folder())? {
        let name = entry?.file_name();
        let same = fs::read(made.folder().join(&name))? == fs::read(example.folder().join(&name))?;
        assert!(
            same,
            "{} differs; make examples/drupal-300 again",
            name.display()
        );
    }
    Ok(())
}
