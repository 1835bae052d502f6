(module
  ;; Pictures lie in the memory that is handed in, at places the caller chooses.
  (import "pixels" "memory" (memory 1))

  ;; Copies so many bytes of each of some rows, at least one, which lie as far from each other as the strides say.
  (func (export "copyRows")
    (param $from i32) (param $fromStride i32) (param $to i32) (param $toStride i32) (param $bytes i32) (param $rows i32)
    (loop $row
      (memory.copy (local.get $to) (local.get $from) (local.get $bytes))
      (local.set $from (i32.add (local.get $from) (local.get $fromStride)))
      (local.set $to (i32.add (local.get $to) (local.get $toStride)))
      (br_if $row (local.tee $rows (i32.sub (local.get $rows) (i32.const 1)))))))
