;; One function with a hundred thousand branches, whose variables all live through it.
(component
  (core module $m
    (func $f (param i32) (result i32)
      (local i32 i32 i32 i32 i32 i32 i32 i32)
      ;; repeat 60000
      (local.set 1 (i32.add (local.get 0) (i32.load (local.get 2))))
      (if (local.get 1) (then (local.set 2 (call $f (local.get 3)))))
      (local.set 3 (i32.mul (local.get 4) (local.get 1)))
      (if (local.get 3) (then (local.set 4 (i32.xor (local.get 5) (local.get 2)))))
      ;; end
      (local.get 2))
    (memory 1))
  (core instance (instantiate $m))
  (core module $n (func (export "f")))
  (core instance $n (instantiate $n))
  (func $f (canon lift (core func $n "f")))
  (instance $metadata (export "describe" (func $f)))
  (instance $mapping (export "map-objects" (func $f)))
  (export "purser:plugin/metadata@0.1.0" (instance $metadata))
  (export "purser:plugin/mapping@0.1.0" (instance $mapping)))
