;; Two memories of 20 MiB, each of which would be allowed alone.
(component
  (core module $m (memory 320))
  (core instance (instantiate $m))
  (core instance (instantiate $m))
  (core module $n (func (export "f")))
  (core instance $n (instantiate $n))
  (func $f (canon lift (core func $n "f")))
  (instance $metadata (export "describe" (func $f)))
  (instance $mapping (export "map-objects" (func $f)))
  (export "purser:plugin/metadata@0.1.0" (instance $metadata))
  (export "purser:plugin/mapping@0.1.0" (instance $mapping)))
