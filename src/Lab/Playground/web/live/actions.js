// What a person does to a run.
import { post } from '../lab.js';

export const act = (id, action) => post(`/api/live/runs/${id}/${action}`);
