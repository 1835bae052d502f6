import test from 'ava'
import { long } from '../long.js'
import { buckets } from './buckets.js'

buckets(test, long ? ['redis', 'postgres'] : ['redis'])
