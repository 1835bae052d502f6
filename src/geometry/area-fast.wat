(module
  ;; Bytes of the source, the output, one row of sums and both tables lie in here, at places the caller chooses.
  (import "pixels" "memory" (memory 1))

  ;; A table has for each output row (or column): where its source begins in bytes, how many source rows (or columns) it takes,
  ;; and the whole-numbered weight of each; all 32 bits.

  ;; sums[i] = weighted source rows, eight bytes at a time (the last eight may reach beyond the row)
  (func $weigh (param $source i32) (param $stride i32) (param $row i32) (param $sums i32)
    (local $i i32) (local $k i32) (local $n i32) (local $from i32) (local $at i32) (local $weight i32)
    (local $low v128) (local $high v128) (local $bytes v128) (local $factor v128)
    (local.set $from (i32.add (local.get $source) (i32.load (local.get $row))))
    (local.set $n (i32.load offset=4 (local.get $row)))
    (loop $eight
      (local.set $low (v128.const i32x4 0 0 0 0))
      (local.set $high (v128.const i32x4 0 0 0 0))
      (local.set $at (i32.add (local.get $from) (local.get $i)))
      (local.set $weight (i32.add (local.get $row) (i32.const 8)))
      (local.set $k (local.get $n))
      (loop $tap
        (local.set $bytes (v128.load8x8_u (local.get $at)))
        (local.set $factor (v128.load16_splat (local.get $weight)))
        (local.set $low (i32x4.add (local.get $low) (i32x4.extmul_low_i16x8_u (local.get $bytes) (local.get $factor))))
        (local.set $high (i32x4.add (local.get $high) (i32x4.extmul_high_i16x8_u (local.get $bytes) (local.get $factor))))
        (local.set $at (i32.add (local.get $at) (local.get $stride)))
        (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
        (br_if $tap (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))
      (local.set $at (i32.add (local.get $sums) (i32.shl (local.get $i) (i32.const 2))))
      (v128.store (local.get $at) (local.get $low))
      (v128.store offset=16 (local.get $at) (local.get $high))
      (local.set $i (i32.add (local.get $i) (i32.const 8)))
      (br_if $eight (i32.lt_u (local.get $i) (local.get $stride)))))

  ;; Where the row after this one begins in its table.
  (func $after (param $row i32) (result i32)
    (i32.add (local.get $row) (i32.add (i32.const 8) (i32.shl (i32.load offset=4 (local.get $row)) (i32.const 2)))))

  ;; A pixel is red, green, blue, and a fourth lane that nobody looks at. It is written as four bytes; the next one covers the last.

  ;; For weighted sums below 2^24: whole numbers in single precision. Adding 2^23 rounds the quotient to a whole number, which then is the
  ;; lowest byte.
  (func (export "shrinkSmall")
    (param $source i32) (param $stride i32) (param $out i32) (param $width i32) (param $height i32)
    (param $rows i32) (param $columns i32) (param $sums i32) (param $bias f32) (param $parts f32)
    (local $y i32) (local $x i32) (local $k i32) (local $at i32) (local $column i32)
    (local $sum v128) (local $start v128) (local $divisor v128) (local $rounder v128)
    (local.set $start (f32x4.splat (local.get $bias)))
    (local.set $divisor (f32x4.splat (local.get $parts)))
    (local.set $rounder (f32x4.splat (f32.const 8388608)))
    (loop $row
      (call $weigh (local.get $source) (local.get $stride) (local.get $rows) (local.get $sums))
      (local.set $rows (call $after (local.get $rows)))
      (local.set $column (local.get $columns))
      (local.set $x (local.get $width))
      (loop $pixel
        (local.set $at (i32.add (local.get $sums) (i32.load (local.get $column))))
        (local.set $k (i32.load offset=4 (local.get $column)))
        (local.set $column (i32.add (local.get $column) (i32.const 8)))
        (local.set $sum (local.get $start))
        (loop $tap
          (local.set $sum (f32x4.add (local.get $sum)
            (f32x4.mul (f32x4.convert_i32x4_s (v128.load (local.get $at))) (f32x4.convert_i32x4_s (v128.load32_splat (local.get $column))))))
          (local.set $at (i32.add (local.get $at) (i32.const 12)))
          (local.set $column (i32.add (local.get $column) (i32.const 4)))
          (br_if $tap (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))
        (local.set $sum (f32x4.add (f32x4.div (local.get $sum) (local.get $divisor)) (local.get $rounder)))
        (v128.store32_lane 0 (local.get $out)
          (i8x16.shuffle 0 4 8 12 0 0 0 0 0 0 0 0 0 0 0 0 (local.get $sum) (local.get $sum)))
        (local.set $out (i32.add (local.get $out) (i32.const 3)))
        (br_if $pixel (local.tee $x (i32.sub (local.get $x) (i32.const 1)))))
      (br_if $row (i32.lt_u (local.tee $y (i32.add (local.get $y) (i32.const 1))) (local.get $height)))))

  ;; For weighted sums below 2^31: whole numbers, then divided in double precision.
  (func (export "shrinkLarge")
    (param $source i32) (param $stride i32) (param $out i32) (param $width i32) (param $height i32)
    (param $rows i32) (param $columns i32) (param $sums i32) (param $half i32) (param $share f64)
    (local $y i32) (local $x i32) (local $k i32) (local $at i32) (local $column i32)
    (local $sum v128) (local $shares v128)
    (local.set $shares (f64x2.splat (local.get $share)))
    (loop $row
      (call $weigh (local.get $source) (local.get $stride) (local.get $rows) (local.get $sums))
      (local.set $rows (call $after (local.get $rows)))
      (local.set $column (local.get $columns))
      (local.set $x (local.get $width))
      (loop $pixel
        (local.set $at (i32.add (local.get $sums) (i32.load (local.get $column))))
        (local.set $k (i32.load offset=4 (local.get $column)))
        (local.set $column (i32.add (local.get $column) (i32.const 8)))
        (local.set $sum (i32x4.splat (local.get $half)))
        (loop $tap
          (local.set $sum (i32x4.add (local.get $sum)
            (i32x4.mul (v128.load (local.get $at)) (v128.load32_splat (local.get $column)))))
          (local.set $at (i32.add (local.get $at) (i32.const 12)))
          (local.set $column (i32.add (local.get $column) (i32.const 4)))
          (br_if $tap (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))
        (v128.store32_lane 0 (local.get $out)
          (i8x16.shuffle 0 4 16 20 0 0 0 0 0 0 0 0 0 0 0 0
            (i32x4.trunc_sat_f64x2_s_zero (f64x2.mul (f64x2.convert_low_i32x4_s (local.get $sum)) (local.get $shares)))
            (i32x4.trunc_sat_f64x2_s_zero (f64x2.mul
              (f64x2.convert_low_i32x4_s (i8x16.shuffle 8 9 10 11 12 13 14 15 0 0 0 0 0 0 0 0 (local.get $sum) (local.get $sum)))
              (local.get $shares)))))
        (local.set $out (i32.add (local.get $out) (i32.const 3)))
        (br_if $pixel (local.tee $x (i32.sub (local.get $x) (i32.const 1)))))
      (br_if $row (i32.lt_u (local.tee $y (i32.add (local.get $y) (i32.const 1))) (local.get $height))))))
