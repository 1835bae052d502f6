(module
  ;; Bytes of the source, the output, four rows of sums and both tables lie in here, at places the caller chooses.
  (import "pixels" "memory" (memory 1))

  ;; A column has where its four source pixels begin in bytes, then its weights, two in one word; a row has the numbers of its four source
  ;; rows, then its weights, a word each. Source rows come in order, each is narrowed once, into the slot of its number modulo four.
  (func (export "filter")
    (param $source i32) (param $stride i32) (param $out i32) (param $width i32) (param $height i32)
    (param $rows i32) (param $columns i32) (param $sums i32) (param $slot i32)
    (local $next i32) (local $y i32) (local $x i32) (local $i i32) (local $last i32) (local $length i32)
    (local $from i32) (local $to i32) (local $column i32)
    (local $first i32) (local $second i32) (local $third i32) (local $fourth i32)
    (local $w0 v128) (local $w1 v128) (local $w2 v128) (local $w3 v128)
    (local $pixels v128) (local $low v128) (local $high v128) (local $half v128) (local $one v128)
    (local.set $length (i32.mul (local.get $width) (i32.const 3)))
    (local.set $half (i32x4.splat (i32.const 0x1fffff)))
    (local.set $one (i32x4.splat (i32.const 1)))
    (loop $row
      (local.set $last (i32.load offset=12 (local.get $rows)))
      (if (i32.lt_s (local.get $next) (i32.load (local.get $rows))) (then (local.set $next (i32.load (local.get $rows)))))

      ;; sums = weighted pixels of the source row: bytes of four pixels side by side, colour by colour, times two weights at once
      (block $narrowed (loop $narrow
        (br_if $narrowed (i32.gt_s (local.get $next) (local.get $last)))
        (local.set $from (i32.add (local.get $source) (i32.mul (local.get $next) (local.get $stride))))
        (local.set $to (i32.add (local.get $sums) (i32.mul (i32.and (local.get $next) (i32.const 3)) (local.get $slot))))
        (local.set $column (local.get $columns))
        (local.set $x (local.get $width))
        (loop $pixel
          (local.set $pixels
            (i8x16.shuffle 0 4 1 5 2 6 3 7 8 12 9 13 10 14 11 15
              (v128.load32_lane 3 (i32.add (local.get $from) (i32.load offset=12 (local.get $column)))
                (v128.load32_lane 2 (i32.add (local.get $from) (i32.load offset=8 (local.get $column)))
                  (v128.load32_lane 1 (i32.add (local.get $from) (i32.load offset=4 (local.get $column)))
                    (v128.load32_zero (i32.add (local.get $from) (i32.load (local.get $column)))))))
              (local.get $pixels)))
          (v128.store (local.get $to)
            (i32x4.add
              (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_u (local.get $pixels)) (v128.load32_splat offset=16 (local.get $column)))
              (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_u (local.get $pixels)) (v128.load32_splat offset=20 (local.get $column)))))
          (local.set $to (i32.add (local.get $to) (i32.const 12)))
          (local.set $column (i32.add (local.get $column) (i32.const 24)))
          (br_if $pixel (local.tee $x (i32.sub (local.get $x) (i32.const 1)))))
        (local.set $next (i32.add (local.get $next) (i32.const 1)))
        (br $narrow)))

      ;; out = weighted rows of sums, divided by 2^22, ties to even, cut off at 0 and 255; eight at a time
      (local.set $first (call $place (i32.load (local.get $rows)) (local.get $sums) (local.get $slot)))
      (local.set $second (call $place (i32.load offset=4 (local.get $rows)) (local.get $sums) (local.get $slot)))
      (local.set $third (call $place (i32.load offset=8 (local.get $rows)) (local.get $sums) (local.get $slot)))
      (local.set $fourth (call $place (i32.load offset=12 (local.get $rows)) (local.get $sums) (local.get $slot)))
      (local.set $w0 (v128.load32_splat offset=16 (local.get $rows)))
      (local.set $w1 (v128.load32_splat offset=20 (local.get $rows)))
      (local.set $w2 (v128.load32_splat offset=24 (local.get $rows)))
      (local.set $w3 (v128.load32_splat offset=28 (local.get $rows)))
      (local.set $i (i32.const 0))
      (loop $eight
        (local.set $low
          (i32x4.add
            (i32x4.add (i32x4.mul (v128.load (local.get $first)) (local.get $w0)) (i32x4.mul (v128.load (local.get $second)) (local.get $w1)))
            (i32x4.add (i32x4.mul (v128.load (local.get $third)) (local.get $w2)) (i32x4.mul (v128.load (local.get $fourth)) (local.get $w3)))))
        (local.set $high
          (i32x4.add
            (i32x4.add
              (i32x4.mul (v128.load offset=16 (local.get $first)) (local.get $w0))
              (i32x4.mul (v128.load offset=16 (local.get $second)) (local.get $w1)))
            (i32x4.add
              (i32x4.mul (v128.load offset=16 (local.get $third)) (local.get $w2))
              (i32x4.mul (v128.load offset=16 (local.get $fourth)) (local.get $w3)))))
        (local.set $low
          (i32x4.shr_s
            (i32x4.add (i32x4.add (local.get $low) (local.get $half))
              (v128.and (i32x4.shr_s (local.get $low) (i32.const 22)) (local.get $one)))
            (i32.const 22)))
        (local.set $high
          (i32x4.shr_s
            (i32x4.add (i32x4.add (local.get $high) (local.get $half))
              (v128.and (i32x4.shr_s (local.get $high) (i32.const 22)) (local.get $one)))
            (i32.const 22)))
        (local.set $low (i16x8.narrow_i32x4_s (local.get $low) (local.get $high)))
        (v128.store64_lane 0 (i32.add (local.get $out) (local.get $i)) (i8x16.narrow_i16x8_u (local.get $low) (local.get $low)))
        (local.set $first (i32.add (local.get $first) (i32.const 32)))
        (local.set $second (i32.add (local.get $second) (i32.const 32)))
        (local.set $third (i32.add (local.get $third) (i32.const 32)))
        (local.set $fourth (i32.add (local.get $fourth) (i32.const 32)))
        (br_if $eight (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (local.get $length))))
      (local.set $out (i32.add (local.get $out) (local.get $length)))
      (local.set $rows (i32.add (local.get $rows) (i32.const 32)))
      (br_if $row (i32.lt_u (local.tee $y (i32.add (local.get $y) (i32.const 1))) (local.get $height)))))

  (func $place (param $number i32) (param $sums i32) (param $slot i32) (result i32)
    (i32.add (local.get $sums) (i32.mul (i32.and (local.get $number) (i32.const 3)) (local.get $slot)))))
