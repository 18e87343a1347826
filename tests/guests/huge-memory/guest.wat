;; A memory that is too large from the beginning: 48 MiB.
(component
  (core module $m (memory 768))
  (core instance (instantiate $m))
  (core module $n (func (export "f")))
  (core instance $n (instantiate $n))
  (func $f (canon lift (core func $n "f")))
  (instance $metadata (export "describe" (func $f)))
  (instance $mapping (export "map-objects" (func $f)))
  (export "purser:plugin/metadata@0.1.0" (instance $metadata))
  (export "purser:plugin/mapping@0.1.0" (instance $mapping)))
