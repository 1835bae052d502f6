(module
  ;; Bytes of the source, the output, one row of sums and both tables lie in here, at places the caller chooses.
  (import "pixels" "memory" (memory 1))

  ;; A table has for each output row (or column): where its source begins in bytes, how many source rows (or columns) it takes,
  ;; and the weight of each; all 32 bits.

  ;; sums[i] = weighted source rows, eight bytes at a time (the last eight may reach beyond the row), two rows at once: of a pair the table has how
  ;; far the second lies from the first, and both weights in one word.
  (func $weigh (param $source i32) (param $stride i32) (param $row i32) (param $sums i32)
    (local $i i32) (local $k i32) (local $n i32) (local $from i32) (local $at i32) (local $pair i32)
    (local $low v128) (local $high v128) (local $first v128) (local $second v128) (local $factors v128)
    (local.set $from (i32.add (local.get $source) (i32.load (local.get $row))))
    (local.set $n (i32.load offset=4 (local.get $row)))
    (loop $eight
      (local.set $low (v128.const i32x4 0 0 0 0))
      (local.set $high (v128.const i32x4 0 0 0 0))
      (local.set $at (i32.add (local.get $from) (local.get $i)))
      (local.set $pair (i32.add (local.get $row) (i32.const 8)))
      (local.set $k (local.get $n))
      (loop $two
        (local.set $first (v128.load8x8_u (local.get $at)))
        (local.set $second (v128.load8x8_u (i32.add (local.get $at) (i32.load (local.get $pair)))))
        (local.set $factors (v128.load32_splat offset=4 (local.get $pair)))
        (local.set $low (i32x4.add (local.get $low) (i32x4.dot_i16x8_s
          (i8x16.shuffle 0 1 16 17 2 3 18 19 4 5 20 21 6 7 22 23 (local.get $first) (local.get $second)) (local.get $factors))))
        (local.set $high (i32x4.add (local.get $high) (i32x4.dot_i16x8_s
          (i8x16.shuffle 8 9 24 25 10 11 26 27 12 13 28 29 14 15 30 31 (local.get $first) (local.get $second)) (local.get $factors))))
        (local.set $at (i32.add (local.get $at) (i32.shl (local.get $stride) (i32.const 1))))
        (local.set $pair (i32.add (local.get $pair) (i32.const 8)))
        (br_if $two (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))
      (local.set $at (i32.add (local.get $sums) (i32.shl (local.get $i) (i32.const 2))))
      (v128.store (local.get $at) (local.get $low))
      (v128.store offset=16 (local.get $at) (local.get $high))
      (local.set $i (i32.add (local.get $i) (i32.const 8)))
      (br_if $eight (i32.lt_u (local.get $i) (local.get $stride)))))

  ;; The same as floats, sixteen bytes at a time (the last sixteen may reach beyond the row), where weighted sums are below 2^16; row by row.
  (func $weighNarrow (param $source i32) (param $stride i32) (param $row i32) (param $sums i32)
    (local $i i32) (local $k i32) (local $n i32) (local $from i32) (local $at i32) (local $weight i32)
    (local $low v128) (local $high v128) (local $bytes v128) (local $factor v128)
    (local.set $from (i32.add (local.get $source) (i32.load (local.get $row))))
    (local.set $n (i32.load offset=4 (local.get $row)))
    (loop $sixteen
      (local.set $low (v128.const i32x4 0 0 0 0))
      (local.set $high (v128.const i32x4 0 0 0 0))
      (local.set $at (i32.add (local.get $from) (local.get $i)))
      (local.set $weight (i32.add (local.get $row) (i32.const 8)))
      (local.set $k (local.get $n))
      (loop $tap
        (local.set $bytes (v128.load (local.get $at)))
        (local.set $factor (v128.load16_splat (local.get $weight)))
        (local.set $low (i16x8.add (local.get $low) (i16x8.mul (i16x8.extend_low_i8x16_u (local.get $bytes)) (local.get $factor))))
        (local.set $high (i16x8.add (local.get $high) (i16x8.mul (i16x8.extend_high_i8x16_u (local.get $bytes)) (local.get $factor))))
        (local.set $at (i32.add (local.get $at) (local.get $stride)))
        (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
        (br_if $tap (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))
      (local.set $at (i32.add (local.get $sums) (i32.shl (local.get $i) (i32.const 2))))
      (v128.store (local.get $at) (f32x4.convert_i32x4_s (i32x4.extend_low_i16x8_u (local.get $low))))
      (v128.store offset=16 (local.get $at) (f32x4.convert_i32x4_s (i32x4.extend_high_i16x8_u (local.get $low))))
      (v128.store offset=32 (local.get $at) (f32x4.convert_i32x4_s (i32x4.extend_low_i16x8_u (local.get $high))))
      (v128.store offset=48 (local.get $at) (f32x4.convert_i32x4_s (i32x4.extend_high_i16x8_u (local.get $high))))
      (local.set $i (i32.add (local.get $i) (i32.const 16)))
      (br_if $sixteen (i32.lt_u (local.get $i) (local.get $stride)))))

  ;; The same as 16 bits less 2^15, so that they have a sign.
  (func $weighShort (param $source i32) (param $stride i32) (param $row i32) (param $sums i32)
    (local $i i32) (local $k i32) (local $n i32) (local $from i32) (local $at i32) (local $weight i32)
    (local $low v128) (local $high v128) (local $bytes v128) (local $others v128) (local $factor v128) (local $other v128) (local $sign v128)
    (local.set $sign (i16x8.splat (i32.const 0x8000)))
    (local.set $from (i32.add (local.get $source) (i32.load (local.get $row))))
    (local.set $n (i32.load offset=4 (local.get $row)))
    (if (i32.eq (local.get $n) (i32.const 2))
      (then
        (local.set $factor (v128.load16_splat offset=8 (local.get $row)))
        (local.set $other (v128.load16_splat offset=12 (local.get $row)))
        (loop $sixteen
          (local.set $at (i32.add (local.get $from) (local.get $i)))
          (local.set $bytes (v128.load (local.get $at)))
          (local.set $others (v128.load (i32.add (local.get $at) (local.get $stride))))
          (local.set $at (i32.add (local.get $sums) (i32.shl (local.get $i) (i32.const 1))))
          (v128.store (local.get $at) (i16x8.add (i16x8.add (local.get $sign)
            (i16x8.mul (i16x8.extend_low_i8x16_u (local.get $bytes)) (local.get $factor)))
            (i16x8.mul (i16x8.extend_low_i8x16_u (local.get $others)) (local.get $other))))
          (v128.store offset=16 (local.get $at) (i16x8.add (i16x8.add (local.get $sign)
            (i16x8.mul (i16x8.extend_high_i8x16_u (local.get $bytes)) (local.get $factor)))
            (i16x8.mul (i16x8.extend_high_i8x16_u (local.get $others)) (local.get $other))))
          (local.set $i (i32.add (local.get $i) (i32.const 16)))
          (br_if $sixteen (i32.lt_u (local.get $i) (local.get $stride))))
        (return)))
    (loop $sixteen
      (local.set $low (local.get $sign))
      (local.set $high (local.get $sign))
      (local.set $at (i32.add (local.get $from) (local.get $i)))
      (local.set $weight (i32.add (local.get $row) (i32.const 8)))
      (local.set $k (local.get $n))
      (loop $tap
        (local.set $bytes (v128.load (local.get $at)))
        (local.set $factor (v128.load16_splat (local.get $weight)))
        (local.set $low (i16x8.add (local.get $low) (i16x8.mul (i16x8.extend_low_i8x16_u (local.get $bytes)) (local.get $factor))))
        (local.set $high (i16x8.add (local.get $high) (i16x8.mul (i16x8.extend_high_i8x16_u (local.get $bytes)) (local.get $factor))))
        (local.set $at (i32.add (local.get $at) (local.get $stride)))
        (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
        (br_if $tap (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))
      (local.set $at (i32.add (local.get $sums) (i32.shl (local.get $i) (i32.const 1))))
      (v128.store (local.get $at) (local.get $low))
      (v128.store offset=16 (local.get $at) (local.get $high))
      (local.set $i (i32.add (local.get $i) (i32.const 16)))
      (br_if $sixteen (i32.lt_u (local.get $i) (local.get $stride)))))

  ;; What $weigh has made, as floats.
  (func $asFloats (param $sums i32) (param $count i32)
    (loop $four
      (v128.store (local.get $sums) (f32x4.convert_i32x4_s (v128.load (local.get $sums))))
      (local.set $sums (i32.add (local.get $sums) (i32.const 16)))
      (br_if $four (i32.gt_s (local.tee $count (i32.sub (local.get $count) (i32.const 4))) (i32.const 0)))))

  ;; Where the row after this one begins in its table: of pairs each has two words, of single rows one.
  (func $after (param $row i32) (param $shift i32) (result i32)
    (i32.add (local.get $row) (i32.add (i32.const 8) (i32.shl (i32.load offset=4 (local.get $row)) (local.get $shift)))))

  ;; A pixel is red, green, blue, and a fourth lane that nobody looks at. It is written as four bytes; the next one covers the last.

  ;; For weighted sums below 2^24: whole numbers in single precision, the columns' weights, too. Adding 2^23 rounds the quotient to a whole
  ;; number, which then is the lowest byte. Each column takes two or three source columns,
  ;; as `taps` says and its table does not; or as many as its table says, where `taps` is another number.
  (func (export "shrinkSmall")
    (param $source i32) (param $stride i32) (param $out i32) (param $width i32) (param $height i32)
    (param $rows i32) (param $columns i32) (param $sums i32) (param $bias f32) (param $parts f32) (param $taps i32) (param $narrow i32)
    (local $y i32) (local $x i32) (local $k i32) (local $at i32) (local $column i32)
    (local $sum v128) (local $start v128) (local $divisor v128) (local $rounder v128)
    (local.set $rounder (f32x4.splat (f32.const 8388608)))
    (local.set $start (f32x4.splat (local.get $bias)))
    (local.set $divisor (f32x4.splat (local.get $parts)))
    (loop $row
      (if (local.get $narrow)
        (then (call $weighNarrow (local.get $source) (local.get $stride) (local.get $rows) (local.get $sums)))
        (else
          (call $weigh (local.get $source) (local.get $stride) (local.get $rows) (local.get $sums))
          (call $asFloats (local.get $sums) (local.get $stride))))
      (local.set $rows (call $after (local.get $rows) (i32.sub (i32.const 3) (local.get $narrow))))
      (local.set $column (local.get $columns))
      (local.set $x (local.get $width))
      (if (i32.eq (local.get $taps) (i32.const 2))
        (then (loop $pixel
          (local.set $at (i32.add (local.get $sums) (i32.load (local.get $column))))
          (local.set $sum (f32x4.add (local.get $start)
            (f32x4.mul (v128.load (local.get $at)) (v128.load32_splat offset=4 (local.get $column)))))
          (local.set $sum (f32x4.add (local.get $sum)
            (f32x4.mul (v128.load offset=12 (local.get $at)) (v128.load32_splat offset=8 (local.get $column)))))
          (local.set $sum (f32x4.add (f32x4.div (local.get $sum) (local.get $divisor)) (local.get $rounder)))
          (v128.store32_lane 0 (local.get $out)
            (i8x16.shuffle 0 4 8 12 0 0 0 0 0 0 0 0 0 0 0 0 (local.get $sum) (local.get $sum)))
          (local.set $column (i32.add (local.get $column) (i32.const 12)))
          (local.set $out (i32.add (local.get $out) (i32.const 3)))
          (br_if $pixel (local.tee $x (i32.sub (local.get $x) (i32.const 1))))))
        (else (if (i32.eq (local.get $taps) (i32.const 3))
          (then (loop $pixel
            (local.set $at (i32.add (local.get $sums) (i32.load (local.get $column))))
            (local.set $sum (f32x4.add (local.get $start)
              (f32x4.mul (v128.load (local.get $at)) (v128.load32_splat offset=4 (local.get $column)))))
            (local.set $sum (f32x4.add (local.get $sum)
              (f32x4.mul (v128.load offset=12 (local.get $at)) (v128.load32_splat offset=8 (local.get $column)))))
            (local.set $sum (f32x4.add (local.get $sum)
              (f32x4.mul (v128.load offset=24 (local.get $at)) (v128.load32_splat offset=12 (local.get $column)))))
            (local.set $sum (f32x4.add (f32x4.div (local.get $sum) (local.get $divisor)) (local.get $rounder)))
            (v128.store32_lane 0 (local.get $out)
              (i8x16.shuffle 0 4 8 12 0 0 0 0 0 0 0 0 0 0 0 0 (local.get $sum) (local.get $sum)))
            (local.set $column (i32.add (local.get $column) (i32.const 16)))
            (local.set $out (i32.add (local.get $out) (i32.const 3)))
            (br_if $pixel (local.tee $x (i32.sub (local.get $x) (i32.const 1))))))
          (else (loop $pixel
            (local.set $at (i32.add (local.get $sums) (i32.load (local.get $column))))
            (local.set $k (i32.load offset=4 (local.get $column)))
            (local.set $column (i32.add (local.get $column) (i32.const 8)))
            (local.set $sum (local.get $start))
            (loop $each
              (local.set $sum (f32x4.add (local.get $sum)
                (f32x4.mul (v128.load (local.get $at)) (v128.load32_splat (local.get $column)))))
              (local.set $at (i32.add (local.get $at) (i32.const 12)))
              (local.set $column (i32.add (local.get $column) (i32.const 4)))
              (br_if $each (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))
            (local.set $sum (f32x4.add (f32x4.div (local.get $sum) (local.get $divisor)) (local.get $rounder)))
            (v128.store32_lane 0 (local.get $out)
              (i8x16.shuffle 0 4 8 12 0 0 0 0 0 0 0 0 0 0 0 0 (local.get $sum) (local.get $sum)))
            (local.set $out (i32.add (local.get $out) (i32.const 3)))
            (br_if $pixel (local.tee $x (i32.sub (local.get $x) (i32.const 1)))))))))
      (br_if $row (i32.lt_u (local.tee $y (i32.add (local.get $y) (i32.const 1))) (local.get $height)))))

  ;; The same where sums go into 16 bits, each column takes two source columns, and columns come in runs: in a run each begins one source column after
  ;; the one before it, so that eight bytes are worked out at once, whatever their colours. 128 is taken off and added again, which halves the error
  ;; of a product with `share`, in the place of a quotient. The table has what is to be added for both (2^15 times the weights of a column, less 128 of
  ;; the whole), how many runs there are, and of each its bytes, where its sums begin in bytes, and a word for each byte, with both weights (as many
  ;; words as make eights). The last eight bytes may reach beyond the run: what comes next covers them.
  (func (export "shrinkRuns")
    (param $source i32) (param $stride i32) (param $out i32) (param $width i32) (param $height i32)
    (param $rows i32) (param $columns i32) (param $sums i32) (param $bias f32) (param $share f32)
    (local $y i32) (local $run i32) (local $left i32) (local $at i32) (local $weights i32) (local $to i32)
    (local $first v128) (local $second v128) (local $low v128) (local $high v128)
    (local $start v128) (local $shares v128) (local $rounder v128) (local $signs v128) (local $byte v128)
    (local.set $byte (i32x4.splat (i32.const 255)))
    (local.set $rounder (f32x4.splat (f32.const 8388736)))
    (local.set $start (f32x4.splat (local.get $bias)))
    (local.set $shares (f32x4.splat (local.get $share)))
    (local.set $signs (v128.load32_splat (local.get $columns)))
    (loop $row
      (call $weighShort (local.get $source) (local.get $stride) (local.get $rows) (local.get $sums))
      (local.set $rows (call $after (local.get $rows) (i32.const 2)))
      (local.set $run (i32.load offset=4 (local.get $columns)))
      (local.set $weights (i32.add (local.get $columns) (i32.const 8)))
      (loop $each
        (local.set $left (i32.load (local.get $weights)))
        (local.set $at (i32.add (local.get $sums) (i32.load offset=4 (local.get $weights))))
        (local.set $weights (i32.add (local.get $weights) (i32.const 8)))
        (local.set $to (local.get $out))
        (local.set $out (i32.add (local.get $out) (local.get $left)))
        (loop $eight
          (local.set $first (v128.load (local.get $at)))
          (local.set $second (v128.load offset=6 (local.get $at)))
          (local.set $low (i32x4.add (local.get $signs) (i32x4.dot_i16x8_s
            (i8x16.shuffle 0 1 16 17 2 3 18 19 4 5 20 21 6 7 22 23 (local.get $first) (local.get $second))
            (v128.load (local.get $weights)))))
          (local.set $high (i32x4.add (local.get $signs) (i32x4.dot_i16x8_s
            (i8x16.shuffle 8 9 24 25 10 11 26 27 12 13 28 29 14 15 30 31 (local.get $first) (local.get $second))
            (v128.load offset=16 (local.get $weights)))))
          (local.set $low (f32x4.add (f32x4.mul (f32x4.add (local.get $start) (f32x4.convert_i32x4_s (local.get $low)))
            (local.get $shares)) (local.get $rounder)))
          (local.set $high (f32x4.add (f32x4.mul (f32x4.add (local.get $start) (f32x4.convert_i32x4_s (local.get $high)))
            (local.get $shares)) (local.get $rounder)))
          (local.set $low (i16x8.narrow_i32x4_s (v128.and (local.get $low) (local.get $byte)) (v128.and (local.get $high) (local.get $byte))))
          (v128.store64_lane 0 (local.get $to) (i8x16.narrow_i16x8_u (local.get $low) (local.get $low)))
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (local.set $weights (i32.add (local.get $weights) (i32.const 32)))
          (local.set $to (i32.add (local.get $to) (i32.const 8)))
          (br_if $eight (i32.gt_s (local.tee $left (i32.sub (local.get $left) (i32.const 8))) (i32.const 0))))
        (br_if $each (local.tee $run (i32.sub (local.get $run) (i32.const 1)))))
      (br_if $row (i32.lt_u (local.tee $y (i32.add (local.get $y) (i32.const 1))) (local.get $height)))))

  ;; For weighted sums below 2^31: whole numbers. The nearest whole quotient is guessed in single precision (adding 2^23 leaves it in the lower bits), at most one beside the true one: twice
  ;; what is left of the sum says so. Each column takes three source columns where `taps` is 3.
  (func (export "shrinkLarge")
    (param $source i32) (param $stride i32) (param $out i32) (param $width i32) (param $height i32)
    (param $rows i32) (param $columns i32) (param $sums i32) (param $parts i32) (param $taps i32)
    (local $y i32) (local $x i32) (local $k i32) (local $at i32) (local $column i32)
    (local $sum v128) (local $near v128) (local $twice v128) (local $shares v128) (local $divisor v128) (local $below v128) (local $none v128)
    (local $rounder v128) (local $whole v128)
    (local.set $rounder (f32x4.splat (f32.const 8388608)))
    (local.set $whole (i32x4.splat (i32.const 0x7fffff)))
    (local.set $divisor (i32x4.splat (local.get $parts)))
    (local.set $below (i32x4.neg (local.get $divisor)))
    (local.set $shares (f32x4.splat (f32.div (f32.const 1) (f32.convert_i32_s (local.get $parts)))))
    (loop $row
      (call $weigh (local.get $source) (local.get $stride) (local.get $rows) (local.get $sums))
      (local.set $rows (call $after (local.get $rows) (i32.const 3)))
      (local.set $column (local.get $columns))
      (local.set $x (local.get $width))
      (if (i32.eq (local.get $taps) (i32.const 3))
        (then (loop $pixel
          (local.set $at (i32.add (local.get $sums) (i32.load (local.get $column))))
          (local.set $sum (i32x4.add (local.get $none) (i32x4.mul (v128.load (local.get $at)) (v128.load32_splat offset=4 (local.get $column)))))
          (local.set $sum (i32x4.add (local.get $sum) (i32x4.mul (v128.load offset=12 (local.get $at)) (v128.load32_splat offset=8 (local.get $column)))))
          (local.set $sum (i32x4.add (local.get $sum) (i32x4.mul (v128.load offset=24 (local.get $at)) (v128.load32_splat offset=12 (local.get $column)))))
          (local.set $near (v128.and (local.get $whole)
            (f32x4.add (f32x4.mul (f32x4.convert_i32x4_s (local.get $sum)) (local.get $shares)) (local.get $rounder))))
          (local.set $twice (i32x4.shl (i32x4.sub (local.get $sum) (i32x4.mul (local.get $near) (local.get $divisor))) (i32.const 1)))
          (local.set $near (i32x4.add
            (i32x4.sub (local.get $near) (i32x4.gt_s (local.get $twice) (local.get $divisor)))
            (i32x4.lt_s (local.get $twice) (local.get $below))))
          (v128.store32_lane 0 (local.get $out)
            (i8x16.shuffle 0 4 8 12 0 0 0 0 0 0 0 0 0 0 0 0 (local.get $near) (local.get $near)))
          (local.set $out (i32.add (local.get $out) (i32.const 3)))
          (local.set $column (i32.add (local.get $column) (i32.const 16)))
          (br_if $pixel (local.tee $x (i32.sub (local.get $x) (i32.const 1))))))
        (else (loop $pixel
          (local.set $at (i32.add (local.get $sums) (i32.load (local.get $column))))
          (local.set $k (i32.load offset=4 (local.get $column)))
          (local.set $column (i32.add (local.get $column) (i32.const 8)))
          (local.set $sum (local.get $none))
          (loop $each
            (local.set $sum (i32x4.add (local.get $sum) (i32x4.mul (v128.load (local.get $at)) (v128.load32_splat (local.get $column)))))
            (local.set $at (i32.add (local.get $at) (i32.const 12)))
            (local.set $column (i32.add (local.get $column) (i32.const 4)))
            (br_if $each (local.tee $k (i32.sub (local.get $k) (i32.const 1)))))
          (local.set $near (v128.and (local.get $whole)
            (f32x4.add (f32x4.mul (f32x4.convert_i32x4_s (local.get $sum)) (local.get $shares)) (local.get $rounder))))
          (local.set $twice (i32x4.shl (i32x4.sub (local.get $sum) (i32x4.mul (local.get $near) (local.get $divisor))) (i32.const 1)))
          (local.set $near (i32x4.add
            (i32x4.sub (local.get $near) (i32x4.gt_s (local.get $twice) (local.get $divisor)))
            (i32x4.lt_s (local.get $twice) (local.get $below))))
          (v128.store32_lane 0 (local.get $out)
            (i8x16.shuffle 0 4 8 12 0 0 0 0 0 0 0 0 0 0 0 0 (local.get $near) (local.get $near)))
          (local.set $out (i32.add (local.get $out) (i32.const 3)))
          (br_if $pixel (local.tee $x (i32.sub (local.get $x) (i32.const 1)))))))
      (br_if $row (i32.lt_u (local.tee $y (i32.add (local.get $y) (i32.const 1))) (local.get $height))))))
