import { Controller } from '@nestjs/common';
import { DestinationVariable, MessageMapping, SendTo } from 'nestjs-stomp';

/** `${REGION}` is what ConfigService says; one that it does not know stops the start. */
@Controller()
@MessageMapping('/${REGION}/weather')
export class WeatherController {
  @MessageMapping('/{city}')
  @SendTo('/topic/weather.${REGION}.{city}')
  report(degrees: number, @DestinationVariable('city') city: string): string {
    return `${city}: ${degrees} °C`;
  }
}
