;; A start function without end: it runs before anything is asked.
(component
  (core module $m
    (func $endless (loop (br 0)))
    (start $endless))
  (core instance (instantiate $m))
  (core module $n (func (export "f")))
  (core instance $n (instantiate $n))
  (func $f (canon lift (core func $n "f")))
  (instance $metadata (export "describe" (func $f)))
  (instance $mapping (export "map-objects" (func $f)))
  (export "purser:plugin/metadata@0.1.0" (instance $metadata))
  (export "purser:plugin/mapping@0.1.0" (instance $mapping)))
