;; A table that grows beyond the limit: it is told no, and gives up.
(component
  (core module $m
    (table $t 1 funcref)
    (func $grow
      (if (i32.eq (table.grow $t (ref.null func) (i32.const 30000)) (i32.const -1))
        (then unreachable)))
    (start $grow))
  (core instance (instantiate $m))
  (core module $n (func (export "f")))
  (core instance $n (instantiate $n))
  (func $f (canon lift (core func $n "f")))
  (instance $metadata (export "describe" (func $f)))
  (instance $mapping (export "map-objects" (func $f)))
  (export "purser:plugin/metadata@0.1.0" (instance $metadata))
  (export "purser:plugin/mapping@0.1.0" (instance $mapping)))
