;; A start function that asks for 48 MiB of memory.
(component
  (core module $m
    (memory 1)
    (func $grow (drop (memory.grow (i32.const 768))))
    (start $grow))
  (core instance (instantiate $m))
  (core module $n (func (export "f")))
  (core instance $n (instantiate $n))
  (func $f (canon lift (core func $n "f")))
  (instance $metadata (export "describe" (func $f)))
  (instance $mapping (export "map-objects" (func $f)))
  (export "purser:plugin/metadata@0.1.0" (instance $metadata))
  (export "purser:plugin/mapping@0.1.0" (instance $mapping)))
