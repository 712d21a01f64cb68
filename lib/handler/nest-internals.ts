/**
 * The one place that reaches into Nest: what is needed of its inner files, all of which exist in Nest 11 and 12.
 */
export {
  EXCEPTION_FILTERS_METADATA,
  GUARDS_METADATA,
  INTERCEPTORS_METADATA,
  PARAMTYPES_METADATA,
  PIPES_METADATA,
  ROUTE_ARGS_METADATA,
} from '@nestjs/common/constants.js';
export { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
export { BaseExceptionFilterContext } from '@nestjs/core/exceptions/base-exception-filter-context.js';
export { GuardsContextCreator } from '@nestjs/core/guards/guards-context-creator.js';
export { STATIC_CONTEXT } from '@nestjs/core/injector/constants.js';
export type { NestContainer } from '@nestjs/core/injector/container.js';
export type { ContextId, InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
export type { Module } from '@nestjs/core/injector/module.js';
export { InterceptorsConsumer } from '@nestjs/core/interceptors/interceptors-consumer.js';
export { InterceptorsContextCreator } from '@nestjs/core/interceptors/interceptors-context-creator.js';
export { PipesContextCreator } from '@nestjs/core/pipes/pipes-context-creator.js';
export {
  GATEWAY_METADATA,
  GATEWAY_OPTIONS,
  MESSAGE_MAPPING_METADATA,
  MESSAGE_METADATA,
  PORT_METADATA,
} from '@nestjs/websockets/constants.js';
