//! Who works on what: runs that share a source or a target take turns.
//!
//! What was seen is remembered once a source and once a target, with the number
//! of the run that saw it. Runs of two mappings over one source or one target
//! would each take for gone what the other has just seen anew, so the second one
//! waits for the first. Mappings that share nothing run side by side.
//!
//! Everybody takes the source first and then the target, and who came first is
//! served first: nobody waits for somebody who waits for them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use purser_engine::ids::{SourceName, TargetName};
use tokio::sync::{Mutex as Queue, OwnedMutexGuard};

use crate::config::MappingConfig;

type Queues<K> = Arc<Mutex<BTreeMap<K, Arc<Queue<()>>>>>;

/// Everybody who is at work in this process.
#[derive(Clone, Debug, Default)]
pub struct Turns {
    sources: Queues<SourceName>,
    targets: Queues<TargetName>,
}

/// The right to work on a source and a target. It ends with this value.
#[derive(Debug)]
pub struct Turn {
    _source: OwnedMutexGuard<()>,
    _target: OwnedMutexGuard<()>,
}

impl Turns {
    /// Waits for the turn of a mapping.
    pub async fn take(&self, mapping: &MappingConfig) -> Turn {
        Turn {
            _source: queue(&self.sources, &mapping.source).lock_owned().await,
            _target: queue(&self.targets, &mapping.target).lock_owned().await,
        }
    }
}

fn queue<K: Ord + Clone>(queues: &Queues<K>, name: &K) -> Arc<Queue<()>> {
    let mut queues = queues.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(queues.entry(name.clone()).or_default())
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use purser_engine::ids::MappingName;

    use super::*;
    use crate::config::Config;

    #[tokio::test]
    async fn who_shares_something_waits_and_who_shares_nothing_does_not() {
        let kind = "[[source.S.kinds]]\nname = \"user\"\npath = \"u\"\nid = \"id\"\nresource_type = \"User\"\n";
        let mut text = String::new();
        for name in ["one", "two"] {
            text.push_str(&format!("[source.{name}]\nconnector = \"file\"\n"));
            text.push_str(&kind.replace('S', name));
            text.push_str(&format!(
                "[target.{name}]\nconnector = \"scim\"\nbase_url = \"https://{name}.example\"\ntoken = {{ env = \"T\" }}\n"
            ));
        }
        for (name, source, target) in [
            ("a", "one", "one"),
            ("b", "two", "two"),
            ("c", "one", "two"),
            ("d", "two", "one"),
        ] {
            text.push_str(&format!(
                "[mapping.{name}]\nsource = \"{source}\"\ntarget = \"{target}\"\nplugin = \"attribute-map\"\n"
            ));
        }
        let config = Config::parse(&text, "purser.toml").unwrap();
        let mapping = |name: &str| config.mapping(&MappingName::new(name)).unwrap();
        let turns = Turns::default();
        let first = turns.take(mapping("a")).now_or_never().unwrap();
        let beside = turns.take(mapping("b")).now_or_never().unwrap();
        for name in ["a", "b", "c", "d"] {
            assert!(turns.take(mapping(name)).now_or_never().is_none(), "{name}");
        }
        // Who waited and went away again has left nothing locked.
        drop(first);
        let again = turns.take(mapping("a")).now_or_never().unwrap();
        let waiting = turns.take(mapping("c"));
        drop((again, beside));
        drop(waiting.now_or_never().unwrap());
    }
}
